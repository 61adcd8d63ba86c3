import type { Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { grammar, type CommandGrammar } from '../completion/grammar.ts';
import { pwshScript } from '../completion/pwsh.ts';
import { zshScript } from '../completion/zsh.ts';
import { EXIT } from '../exit-code.ts';
import type { Session } from '../session.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'pwsh'] as const;
export type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CommandGrammar[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  pwsh: pwshScript,
};

/** Prints the script with which a shell completes commands, options, their values and files. */
export function completion(session: Session, program: Command, shell: Shell): number {
  session.out.write(SCRIPTS[shell](grammar(program)));
  return EXIT.ok;
}
