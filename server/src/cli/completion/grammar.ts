/**
 * What may stand where on a command line, read from the commands themselves: the shells' scripts are written from it, so that they
 * complete without starting Node at each press of Tab.
 */
import type { Argument, Command, Option } from 'commander';
import { SCHEMAS } from '../../spec/generated/schemas.ts';
import { GRAPH_ENDINGS } from '../../spec/references/graph-file.ts';
import { EXPERIMENT_ENDINGS } from '../commands/experiment.ts';
import { ListOption } from '../list-option.ts';

/** What an option or an argument takes. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Words with commas between them. */
  | { readonly kind: 'list'; readonly words: readonly string[] }
  /** Files whose names end so, and the folders in which they may lie. */
  | { readonly kind: 'files'; readonly endings: readonly string[] }
  /** A number or a name, which nobody can know. */
  | { readonly kind: 'free' };

export interface Described {
  readonly word: string;
  readonly description: string;
}

export interface GrammarOption {
  /** `-o`, `--out`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Null where it takes none. */
  readonly value: Value | null;
}

export interface CommandGrammar {
  /** `preview`, `forecast train`; empty for `berth` itself. */
  readonly path: string;
  readonly commands: readonly Described[];
  readonly options: readonly GrammarOption[];
  /** What its arguments are, whichever of them; null where it takes none. */
  readonly argument: Exclude<Value, { readonly kind: 'free' | 'list' }> | null;
}

const SPECS = ['.berth.yaml', '.berth.yml'];
const SPECS_AND_GRAPHS = [...SPECS, ...GRAPH_ENDINGS];
const TRACES = ['.csv', '.tsv', '.json', '.parquet'];

/** Files by command and argument or option, where these are no specs. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  'validate paths': SPECS_AND_GRAPHS,
  'preview file': SPECS_AND_GRAPHS,
  'apply file': [...SPECS, '.json'],
  'plan --out': ['.json'],
  'experiment --output': EXPERIMENT_ENDINGS.map((ending) => `.${ending}`),
  'forecast train history.csv': TRACES,
  'forecast train --out': ['.forecast.json'],
  'forecast evaluate file': ['.forecast.json'],
  'forecast evaluate trace.csv': TRACES,
  'trace inspect trace.csv': TRACES,
  'profile module': ['.py'],
  'import kubernetes resources.yaml': ['.yaml', '.yml', '.json'],
  'import kubernetes --out': SPECS,
  'import device_map map.json': ['.json'],
  'import device_map --graph': GRAPH_ENDINGS,
  'profile --inputs': ['.py'],
  'profile --out': ['.graph.json'],
  'profile --check': GRAPH_ENDINGS,
};

/** `berth` and all of its commands, each with what it takes. */
export function grammar(program: Command, path = ''): CommandGrammar[] {
  const help = program.createHelp();
  const commands = help.visibleCommands(program);
  const own: CommandGrammar = {
    path,
    commands: commands.map((command) => ({ word: command.name(), description: help.subcommandDescription(command) })),
    options: help.visibleOptions(program).map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      description: option.description,
      value: option.required || option.optional ? valueOf(option, path) : null,
    })),
    argument: argumentOf(program.registeredArguments, path),
  };
  return [own, ...commands.flatMap((command) => grammar(command, `${path} ${command.name()}`.trim()))];
}

function valueOf(option: Option, path: string): Value {
  const endings = ENDINGS[`${path} ${option.long}`];
  if (endings) return { kind: 'files', endings };
  if (option instanceof ListOption) return { kind: 'list', words: option.words };
  return option.argChoices ? { kind: 'words', words: option.argChoices } : { kind: 'free' };
}

function argumentOf(found: readonly Argument[], path: string): CommandGrammar['argument'] {
  if (found.length === 0) return null;
  const choices = found.flatMap(({ argChoices }) => argChoices ?? []);
  if (choices.length > 0) return { kind: 'words', words: choices };
  if (path === 'schema') return { kind: 'words', words: Object.keys(SCHEMAS) };
  if (path === 'help') return null;
  return { kind: 'files', endings: [...new Set(found.flatMap((one) => ENDINGS[`${path} ${one.name()}`] ?? SPECS))] };
}
