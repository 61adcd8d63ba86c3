import { InvalidArgumentError, Option } from 'commander';

/** An option whose value is a list of known words with commas between them; a shell offers them after each comma. */
export class ListOption<T extends string> extends Option {
  readonly words: readonly string[];

  /** @param all the one word that means all of the others, where there is such a word. */
  constructor(flags: string, description: string, words: readonly T[], all?: string) {
    super(flags, description);
    this.words = all === undefined ? words : [...words, all];
    const read = listOf(oneOf(words));
    this.argParser((text) => (text === all ? words : read(text)));
  }
}

/** Values separated by commas; one that is given twice counts once. */
export function listOf<T>(read: (text: string) => T): (text: string) => T[] {
  return (text) => [...new Set(commaSeparated(text).map(read))];
}

export function commaSeparated(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be a list with commas between its entries.');
  return names;
}

function oneOf<T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((value) => value === text);
    if (found === undefined) throw new InvalidArgumentError(`"${text}" is none of ${allowed.join(', ')}.`);
    return found;
  };
}
