/** Names and files that exist: columns of the trace, nodes of the graph, devices, files beside the spec. */
import { yamlText } from '../../spec/yaml/edit.ts';
import { formatQuantity } from '../../spec/quantities/quantity.ts';
import { candidates, folderOf, resolveReference } from '../../spec/references/reference.ts';
import type { SchemaNode } from '../../spec/schema/schema-tree.ts';
import { COMMON_ZONES, traceAt, zoneNames, type TraceColumn } from '../../spec/references/trace.ts';
import type { Path } from '../../spec/yaml/tree.ts';
import type { Knowledge, OpenDocument } from '../document.ts';
import { isEnd, nodeNames } from '../graph-node.ts';
import { graphReference } from '../graph-reference.ts';
import { startsWith } from '../place.ts';
import type { Section } from '../section.ts';
import { writtenDevices } from '../written-device.ts';
import type { Offer } from './values.ts';

/** More names than these help nobody: the typed letters choose among them. */
const MOST_NAMES = 500;

/** Values that exist for the place at a path. */
export function existingValues(
  doc: OpenDocument,
  section: Section,
  path: Path,
  schema: SchemaNode,
  typed: string,
  knowledge: Knowledge,
): Offer[] {
  if (doc.type === 'graph') {
    return isEnd(doc.graph, path) ? named(nodeNames(doc.graph), typed, 'node') : [];
  }
  if (section.kind === 'TrainingPlacement' && startsWith(path, 'spec', 'pins') && path.length === 3) {
    return writtenDevices(section.root)
      .slice(0, MOST_NAMES)
      .map(({ name, entry }) => ({
        value: yamlText(name),
        kind: 'reference',
        detail: `device, ${String(entry.get('memory')?.value.scalar ?? '')}`,
      }));
  }
  if (startsWith(path, 'spec', 'jobs', '*', 'workload', 'column')) return columns(doc, section, path, knowledge);
  if (startsWith(path, 'spec', 'jobs', '*', 'workload', 'timezone')) return timezones(typed);
  const role = schema['x-berth-file'] ?? (isArgument(path) ? 'command' : undefined);
  if (role === undefined || (role === 'command' && typeof path.at(-1) !== 'number')) return [];
  const files = candidates(knowledge.files, folderOf(doc.path), role);
  return files.slice(0, MOST_NAMES).map((file) => ({ value: yamlText(file), kind: 'file', detail: role }));
}

/** Nodes of the graph that are not pinned yet. */
export function nodesToPin(
  doc: OpenDocument,
  section: Section,
  present: ReadonlySet<string>,
  typed: string,
  knowledge: Knowledge,
): Offer[] {
  const graph = graphReference(doc.path, section, knowledge.files);
  if (!graph) return [];
  return named(
    nodeNames(graph.document).filter((name) => !present.has(name)),
    typed,
    'node',
  );
}

/** Of many names those that hold what is typed. */
function named(names: readonly string[], typed: string, detail: string): Offer[] {
  const letters = typed.replace(/^["']/, '').toLowerCase();
  const fitting = names.length <= MOST_NAMES ? names : names.filter((name) => name.toLowerCase().includes(letters));
  return fitting.slice(0, MOST_NAMES).map((name) => ({ value: yamlText(name), kind: 'reference', detail }));
}

/** A few of all parts of the world; of all that there are, those that hold what is typed. */
function timezones(typed: string): Offer[] {
  const letters = typed.replace(/^["']/, '').toLowerCase().replaceAll(' ', '_');
  const some = letters === '' ? COMMON_ZONES : new Set([...COMMON_ZONES, ...zoneNames()]);
  return [...some]
    .filter((name) => name.toLowerCase().includes(letters))
    .map((name) => ({ value: name, kind: 'value', detail: 'time zone' }));
}

/** Columns of the trace that the job names, with their load. */
function columns(doc: OpenDocument, section: Section, path: Path, { files }: Knowledge): Offer[] {
  const written = section.root?.at([...path.slice(0, -1), 'trace'])?.scalar;
  const target = typeof written === 'string' ? resolveReference(written, folderOf(doc.path)) : undefined;
  const trace = target === undefined ? undefined : traceAt(files, target);
  if (!trace) return [];
  return trace.loads
    .slice(0, MOST_NAMES)
    .map((name) => ({ value: yamlText(name), kind: 'reference', detail: load(trace.column(name)) }));
}

function load(column: TraceColumn): string {
  if (!column.ok) return 'cannot be read';
  const total = column.values.reduce((sum, value) => sum + value, 0);
  const most = column.values.reduce((peak, value) => Math.max(peak, value), 0);
  const mean = total / Math.max(1, column.values.length);
  return `${formatQuantity(mean / 60, 'rate')} on average, ${formatQuantity(most / 60, 'rate')} at its peak`;
}

function isArgument(path: Path): boolean {
  return path.includes('command') && typeof path.at(-1) === 'number';
}
