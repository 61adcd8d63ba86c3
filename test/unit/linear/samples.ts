/** Programs of which one knows how their steps grow: the counter must tell them apart. */

export function linear(text: string): number {
  let found = 0;
  for (const letter of text) if (letter === 'a') found++;
  return found + text.indexOf('b');
}

export function quadratic(text: string): number {
  let found = 0;
  for (const letter of text) for (const other of text) if (letter === other) found++;
  return found;
}

export function quadraticInside(text: string): number {
  let found = 0;
  for (let i = 0; i < text.length; i++) found += text.indexOf('b');
  return found;
}
