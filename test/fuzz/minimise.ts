/** Makes an input that shows something wrong as small as it can be and still show it. */
import { judge } from './fuzz.ts';
import type { Input, Target } from './target.ts';

const MOST_RUNS = 3000;
const MOST_MS = 20_000;

/**
 * Cuts away halves, quarters, eighths … (Zeller's delta debugging), first lines, then characters.
 *
 * @param onTry told before each try, which may take as long as the input.
 */
export async function minimised(target: Target, input: Input, signature: string, onTry: () => void): Promise<Input> {
  const deadline = performance.now() + MOST_MS;
  let runs = 0;
  const shows = async (tried: Input): Promise<boolean> => {
    if (runs++ > MOST_RUNS || performance.now() > deadline) return false;
    onTry();
    const judged = await judge(target, tried);
    return 'signature' in judged && judged.signature === signature;
  };
  if (typeof input !== 'string')
    return Uint8Array.from(await reduced([...input], (bytes) => shows(Uint8Array.from(bytes))));
  const lines = await reduced(input.split(/(?<=\n)/), (parts) => shows(parts.join('')));
  return (await reduced(Array.from(lines.join('')), (parts) => shows(parts.join('')))).join('');
}

async function reduced<T>(
  parts: readonly T[],
  shows: (parts: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let rest = parts;
  for (let size = Math.ceil(rest.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < rest.length;) {
      const without = [...rest.slice(0, at), ...rest.slice(at + size)];
      if (await shows(without)) rest = without;
      else at += size;
    }
  }
  return rest;
}
