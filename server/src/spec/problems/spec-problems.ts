/** BERTH1xxx: what can be wrong with the text of a spec. */
import { GRAPH_ENDINGS } from '../generated/graph-files.ts';
import { count, didYouMean, entry, joined, list, sentence } from './entry.ts';

export const SPEC_PROBLEMS = {
  BERTH1001: entry<{ detail: string; language?: 'YAML' | 'JSON' }>({
    severity: 'error',
    title: 'Not YAML',
    message: (p) => sentence(`This is not ${p.language ?? 'YAML'}: ${p.detail}`),
    hint: (p) => `Mend the text here${p.language === 'JSON' ? '' : '; the rest of the file is still checked'}.`,
    example: { detail: 'the quote is not closed' },
  }),
  BERTH1002: entry<{ key: string; line: number }>({
    severity: 'error',
    title: 'Key given twice',
    message: (p) => `The key "${p.key}" is given twice; the first is on line ${p.line}.`,
    hint: 'Remove one of the two.',
    example: { key: 'replicas', line: 7 },
  }),
  BERTH1003: entry<Record<never, never>>({
    severity: 'error',
    title: 'Tab as indentation',
    message: () => 'A tab indents this line; YAML indents with spaces only.',
    hint: 'Replace the tab by spaces.',
    example: {},
  }),
  BERTH1004: entry<{
    key: string;
    parent: string;
    allowed: readonly string[];
    suggestion?: string | undefined;
    /** The name of an anchor at the value: the key is there to hold what others share. */
    anchor?: string | undefined;
  }>({
    severity: 'error',
    title: 'Unknown key',
    message: (p) => sentence(`${owner(p.parent)} has no key "${p.key}"${didYouMean(p.suggestion, p.key)}`),
    hint: (p) =>
      p.suggestion !== undefined
        ? `Write "${p.suggestion}", or remove the key.`
        : p.anchor !== undefined
          ? `Move "&${p.anchor}" with its value to where it is first used, and leave "*${p.anchor}" at the others.`
          : p.allowed.length > 0
            ? `Use ${list(p.allowed)}, or remove the key.`
            : 'Remove the key: all that can be given is given.',
    example: { key: 'latncy', parent: 'slo', allowed: ['latency', 'percentile'], suggestion: 'latency' },
  }),
  BERTH1005: entry<{ key: string; parent: string; description?: string | undefined }>({
    severity: 'error',
    title: 'Missing key',
    message: (p) => `${owner(p.parent)} lacks the key "${p.key}".`,
    hint: (p) => `Add "${p.key}"${p.description ? `: ${lowerFirst(firstSentence(p.description))}` : '.'}`,
    example: {
      key: 'latency',
      parent: 'slo',
      description: 'The longest time that a request may take, waiting included.',
    },
  }),
  BERTH1006: entry<{ key: string; expected: string; got: string; example?: string | undefined }>({
    severity: 'error',
    title: 'Wrong type',
    message: (p) => `${owner(p.key)} takes ${p.expected}, not ${p.got}.`,
    hint: (p) => (p.example ? `Write for example \`${p.example}\`.` : `Give ${p.expected}.`),
    example: { key: 'jobs', expected: 'a list', got: 'a mapping' },
  }),
  BERTH1007: entry<{ key: string; value: string; unit: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Missing unit',
    message: (p) => `"${p.key}" is ${aUnit(p.unit)} and needs a unit: ${p.value} of what?`,
    hint: (p) =>
      p.suggestion
        ? `Write the unit into the value, for example \`${p.suggestion}\`.`
        : 'Write the unit into the value.',
    example: { key: 'latency', value: '720', unit: 'duration', suggestion: '720ms' },
  }),
  BERTH1008: entry<{ key: string; value: string; unit: string; units: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Wrong unit',
    message: (p) => sentence(`"${p.value}" has no unit of ${aUnit(p.unit)}${didYouMean(p.suggestion, p.value)}`),
    hint: (p) => `Use one of the units ${p.units}.`,
    example: { key: 'latency', value: '5min', unit: 'duration', units: 'ms, s, m, h', suggestion: '5m' },
  }),
  BERTH1009: entry<{ key: string; value: string; allowed: readonly string[]; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Unknown value',
    message: (p) => sentence(`"${p.key}" cannot be "${p.value}"${didYouMean(p.suggestion, p.value)}`),
    hint: (p) => `Use ${list(p.allowed)}.`,
    example: { key: 'objective', value: 'FairSun', allowed: ['Sum', 'Fair', 'FairSum'], suggestion: 'FairSum' },
  }),
  BERTH1010: entry<{ what: string; name: string; line: number }>({
    severity: 'error',
    title: 'Name given twice',
    message: (p) => `Two ${p.what}s are called "${p.name}"; the first is on line ${p.line}.`,
    hint: 'Rename one of the two.',
    example: { what: 'job', name: 'search-images', line: 9 },
  }),
  BERTH1011: entry<{
    what: string;
    path: string;
    suggestion?: string | undefined;
    /** A backslash of it was the begin of an escape (`"C:\\new"`). */
    escaped?: boolean;
  }>({
    severity: 'error',
    title: 'File not found',
    message: (p) => sentence(`There is no ${p.what} file "${p.path}"${didYouMean(p.suggestion, p.path)}`),
    hint: (p) =>
      p.escaped === true
        ? 'In double quotes a backslash begins an escape: write "/", or single quotes.'
        : p.what === 'input'
          ? 'Correct the path; it is relative to the folder that you are in.'
          : 'Paths are relative to the folder of this file; correct the path or create the file.',
    example: { what: 'trace', path: 'traces/day12.csv', suggestion: 'traces/day11.csv' },
  }),
  BERTH1012: entry<{ size: string; limit: string }>({
    severity: 'error',
    title: 'File too large',
    message: (p) => `The file holds ${p.size} and is not read; the limit is ${p.limit}.`,
    hint: 'Split the file, or refer to large data (graphs, traces) by path.',
    example: { size: '52.4MB', limit: '16Mi' },
  }),
  BERTH1013: entry<{ limit: number }>({
    severity: 'error',
    title: 'Aliases grow too large',
    message: (p) => `The aliases in this document stand for more than ${p.limit} values; it is not read further.`,
    hint: 'Write the values out, or use fewer nested aliases.',
    example: { limit: 100_000 },
  }),
  BERTH1014: entry<{ kind: string; allowed: readonly string[]; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Unknown kind',
    message: (p) => sentence(`There is no kind "${p.kind}"${didYouMean(p.suggestion, p.kind)}`),
    hint: (p) => `Use ${list(p.allowed)}.`,
    example: {
      kind: 'InferenceClustr',
      allowed: ['InferenceCluster', 'TrainingPlacement', 'Federation'],
      suggestion: 'InferenceCluster',
    },
  }),
  BERTH1015: entry<{ version: string; expected: string }>({
    severity: 'error',
    title: 'Unknown version of the language',
    message: (p) => `"${p.version}" is no version of the language that this Berth reads.`,
    hint: (p) => `Write "apiVersion: ${p.expected}".`,
    example: { version: 'berth.dev/v1', expected: 'berth.dev/v1alpha1' },
  }),
  BERTH1016: entry<{ key: string; parent: string; belongs: string }>({
    severity: 'error',
    title: 'Right key, wrong place',
    message: (p) =>
      `"${p.key}" belongs under "${p.belongs}", not under ${p.parent === 'document' ? 'the document itself' : `"${p.parent}"`}.`,
    hint: (p) => `Move it to "${p.belongs}".`,
    example: { key: 'coldStart', parent: 'spec', belongs: 'spec.autoscaler' },
  }),
  BERTH1017: entry<{ key: string; first: string; second: string }>({
    severity: 'error',
    title: 'Two alternatives at once',
    message: (p) => `"${p.key}" gives both ${p.first} and ${p.second}; only one can hold.`,
    hint: 'Remove one of the two.',
    example: { key: 'workload', first: 'a constant rate', second: 'a trace' },
  }),
  BERTH1018: entry<{ key: string; value: string; rule: string }>({
    severity: 'error',
    title: 'Out of range',
    message: (p) => `"${p.key}" must be ${p.rule}, but is ${p.value}.`,
    hint: (p) => `Give a value that is ${p.rule}.`,
    example: { key: 'percentile', value: '100', rule: 'less than 100' },
  }),
  BERTH1019: entry<{ key: string; value: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Not a name',
    message: (p) => sentence(`"${p.value}" cannot be a name${didYouMean(p.suggestion, p.value)}`),
    hint: 'Use lower-case letters, digits and "-", at most 63, with a letter or digit first and last.',
    example: { key: 'name', value: 'Search Images', suggestion: 'search-images' },
  }),
  BERTH1020: entry<{ key: string; min: number; max: number }>({
    severity: 'error',
    title: 'Minimum above maximum',
    message: (p) => `"${p.key}" has a minimum of ${p.min} and a maximum of ${p.max}.`,
    hint: 'Raise the maximum or lower the minimum.',
    example: { key: 'replicas', min: 4, max: 2 },
  }),
  BERTH1021: entry<{ key: string; least: number; got: number; item: string }>({
    severity: 'error',
    title: 'Too few entries',
    message: (p) =>
      `"${p.key}" needs at least ${count(p.least, p.item)}, but ${p.got === 0 ? 'is empty' : `has only ${p.got}`}.`,
    hint: (p) => `Add ${p.least - p.got === 1 ? `a ${p.item}` : `${p.least - p.got} more`}.`,
    example: { key: 'jobs', least: 1, got: 0, item: 'job' },
  }),
  BERTH1022: entry<{ key: string; value: string; unit: string; example: string; suggestion?: string | undefined }>({
    severity: 'error',
    title: 'Not a quantity',
    message: (p) => sentence(`"${p.value}" is not ${aUnit(p.unit)}${didYouMean(p.suggestion, p.value)}`),
    hint: (p) => `Write a number with its unit and no space, for example \`${p.example}\`.`,
    example: { key: 'latency', value: '720 ms', unit: 'duration', example: '720ms', suggestion: '720ms' },
  }),
  BERTH1023: entry<{ what: string }>({
    severity: 'error',
    title: 'YAML that a spec does not use',
    message: (p) => `A spec cannot use ${p.what}.`,
    hint: 'Write plain keys and values.',
    example: { what: 'a list as a key' },
  }),
  BERTH1024: entry<Record<never, never>>({
    severity: 'error',
    title: 'Conflict marker',
    message: () => 'The file holds a conflict that a merge left behind.',
    hint: 'Resolve the conflict; the document is checked when the markers are gone.',
    example: {},
  }),
  BERTH1025: entry<{ kind: string; name: string; line: number }>({
    severity: 'error',
    title: 'Document given twice',
    message: (p) => `Two documents are ${p.kind} "${p.name}"; the first is on line ${p.line}.`,
    hint: 'Rename one of the two.',
    example: { kind: 'InferenceCluster', name: 'vision', line: 1 },
  }),
  BERTH1026: entry<{ job: string; resource: string }>({
    severity: 'error',
    title: 'Resource not told',
    message: (p) =>
      `The capacity is given in ${p.resource}, but "${p.job}" does not say how much ${p.resource} a replica takes.`,
    hint: (p) => `Add "resources.${p.resource}" to the job.`,
    example: { job: 'search-images', resource: 'memory' },
  }),
  BERTH1027: entry<{ what: string; path: string; detail: string }>({
    severity: 'error',
    title: 'File cannot be read',
    message: (p) => sentence(`The ${p.what} file "${p.path}" cannot be read: ${p.detail}`),
    hint: 'Make the file readable, or refer to another one.',
    example: { what: 'graph', path: 'graphs/net.graph.json', detail: 'permission denied' },
  }),
  BERTH1028: entry<{ key: string; first: string; second: string; add: string }>({
    severity: 'error',
    title: 'Alternative missing',
    message: (p) => `"${p.key}" gives neither ${p.first} nor ${p.second}.`,
    hint: (p) => `Add ${p.add}.`,
    example: { key: 'workload', first: 'a constant rate', second: 'a trace', add: '"rate", or "trace" and "column"' },
  }),
  BERTH1029: entry<{ key: string; expected: string }>({
    severity: 'error',
    title: 'Nothing given',
    message: (p) => `"${p.key}" is empty; it takes ${p.expected}.`,
    hint: 'Give a value, or remove the key.',
    example: { key: 'slo', expected: 'a mapping' },
  }),
  BERTH1030: entry<{ file: string; wanted: string; has: readonly string[] }>({
    severity: 'error',
    title: 'Nothing there to work on',
    message: (p) => `"${p.file}" has ${p.wanted}.`,
    hint: (p) => (p.has.length > 0 ? `It has ${list(p.has, 'and')}.` : 'Name a file that has one.'),
    example: { file: 'vision.berth.yaml', wanted: 'no document called "visoin"', has: ['vision', 'hospitals'] },
  }),
  BERTH1031: entry<{ path: string; detail: string }>({
    severity: 'error',
    title: 'File cannot be written',
    message: (p) => sentence(`"${p.path}" cannot be written: ${p.detail}`),
    hint: 'Choose another path, or mend this one.',
    example: { path: 'plans/vision.json', detail: 'there is no such folder' },
  }),
  BERTH1032: entry<{ path: string }>({
    severity: 'error',
    title: 'Neither a spec nor a graph',
    message: (p) => `"${p.path}" is neither a spec nor a graph file by its name.`,
    hint: `Specs end in .berth.yaml, graphs in ${joined(GRAPH_ENDINGS)}; rename the file, or name another one.`,
    example: { path: 'traces/day.csv' },
  }),
  BERTH1033: entry<{ what: string; code: string; instead?: string | undefined }>({
    severity: 'error',
    title: 'Character that is not what it looks like',
    message: (p) =>
      p.instead === undefined
        ? `Here ${/^\d/.test(p.what) ? 'stand' : 'stands'} ${p.what} (${p.code}), which YAML takes for a letter.`
        : `Here ${/^\d/.test(p.what) ? 'stand' : 'stands'} ${p.what} (${p.code}) where ${p.instead} ${p.instead === 'spaces' ? 'are' : 'is'} meant.`,
    hint: (p) =>
      `${p.instead === undefined ? 'Remove' : 'Replace'} ${/^\d/.test(p.what) ? 'them' : 'it'}${p.instead === undefined ? '' : ` by ${p.instead}`}; a value that needs it stands in quotes.`,
    example: { what: 'a no-break space', code: 'U+00A0', instead: 'a space' },
  }),
  BERTH1034: entry<{ wide: boolean }>({
    severity: 'error',
    title: 'NUL in the text',
    message: (p) =>
      p.wide
        ? 'This text is UTF-16 that was read as another encoding: every second character is NUL (U+0000).'
        : 'Here stands a NUL character (U+0000), which no text has.',
    hint: (p) => (p.wide ? 'Open the file as UTF-16, or save it as UTF-8.' : 'Remove it; the file may be damaged.'),
    example: { wide: true },
  }),
  BERTH1035: entry<{
    written: string;
    here: string;
    there: string;
    writeHere: string;
    writeThere: string | undefined;
  }>({
    severity: 'warning',
    title: 'Word that YAML 1.1 reads differently',
    message: (p) => `"${p.written}" is ${p.here} here, and ${p.there} for readers of YAML 1.1.`,
    hint: (p) =>
      `Write \`${p.writeHere}\` for ${p.here}${p.writeThere === undefined ? '' : `, or \`${p.writeThere}\` if ${p.there} is meant`}.`,
    example: { written: '010', here: 'the number 10', there: 'the number 8', writeHere: '10', writeThere: '8' },
  }),
  BERTH1040: entry<{ shown: number; more: number; uncounted?: boolean }>({
    severity: 'information',
    title: 'More problems than are shown',
    message: (p) =>
      `${p.uncounted ? 'More than ' : ''}${count(p.more, 'more problem')} like these ${p.more === 1 ? 'is' : 'are'} not shown.`,
    hint: (p) => `Mend the first ${p.shown}: one cause may have made them all.`,
    example: { shown: 100, more: 99_900 },
  }),
  BERTH1041: entry<{ what: string; all: number; limit: number }>({
    severity: 'error',
    title: 'Too many of one sort',
    message: (p) => `There are ${count(p.all, p.what)}; the limit is ${p.limit}.`,
    hint: 'Write fewer of them, or a lower "count".',
    example: { what: 'device', all: 1_024_000, limit: 10_000 },
  }),
  BERTH1042: entry<{ detail: string }>({
    severity: 'error',
    title: 'Text that could not be checked',
    message: (p) => sentence(`Berth failed to check this text, which is a fault of Berth: ${p.detail}`),
    hint: 'Undo the last change to have the checks back, and report it with the text and the log of the language server.',
    example: { detail: 'maximum call stack size exceeded' },
  }),
};

const UNIT_NAMES: Readonly<Record<string, string>> = {
  duration: 'a duration',
  size: 'a size',
  rate: 'a rate',
  bandwidth: 'a bandwidth',
  cpu: 'a number of CPU cores',
};

/** The document itself has no name to quote. */
function owner(name: string): string {
  return name === 'document' ? 'The document' : `"${name}"`;
}

function aUnit(unit: string): string {
  return UNIT_NAMES[unit] ?? `a ${unit}`;
}

function firstSentence(text: string): string {
  const end = /[.:;](?:\s|$)/.exec(text);
  return end ? `${text.slice(0, end.index)}.` : sentence(text);
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}
