import { wrapped } from './table.ts';

/** What a registry offers, under the help of a command: each name with its sentence. @param width of the terminal, in columns. */
export function choiceHelp(
  title: string,
  choices: readonly { readonly name: string; readonly documentation: string }[],
  width: number,
): string {
  const column = Math.max(...choices.map(({ name }) => name.length)) + 4;
  const lines = choices.flatMap(({ name, documentation }) => {
    const indent = ' '.repeat(column);
    const [first = '', ...others] = wrapped(documentation, width - column);
    return [`  ${name}`.padEnd(column) + first, ...others.map((line) => indent + line)];
  });
  return `\n${title}:\n${lines.join('\n')}`;
}
