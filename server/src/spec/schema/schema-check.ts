/**
 * Checks a document against the schema of its kind: each fault is one problem at the token that is at fault, with a mend where
 * there is a mechanical one. The kind is settled first, so that nothing is said about kinds that the document is not.
 */
import { didYouMean } from '../problems/did-you-mean.ts';
import { overlap, removeEntry, setText, setValue, yamlText } from '../yaml/edit.ts';
import type { Editable } from '../yaml/edit.ts';
import { MOST_VIOLATIONS, validateDocument } from '../generated/validators.js';
import type { SchemaViolation } from '../generated/validators.js';
import { problem, replaceFix } from '../problems/catalogue.ts';
import type { Fix, InText, Problem, Range } from '../problems/catalogue.ts';
import { moreLikeThese } from '../problems/more-like-these.ts';
import { Damage } from './damage.ts';
import { DOCUMENT_KINDS, placesOfKey, schemaAt } from './schema-tree.ts';
import type { DocumentKind } from './schema-tree.ts';
import { valueProblem } from './value-problem.ts';
import type { Path, YamlNode } from '../yaml/tree.ts';

export interface SchemaCheck {
  readonly kind: DocumentKind | undefined;
  readonly problems: readonly Problem<InText>[];
}

/** More problems than these in one document are no help; the first ones are told. */
const MOST = 200;

/**
 * @param damaged ranges of what is no YAML: half-typed text makes no second problem there.
 * @param expected the kind that the file's name promises, for a document that does not tell its own.
 */
export function checkSchema(
  text: string,
  root: YamlNode,
  damaged: readonly Range[],
  expected?: DocumentKind,
): SchemaCheck {
  const document: Editable = { text, root };
  const damage = new Damage(text, damaged);
  if (root.type !== 'mapping') {
    const range = firstLine(text, root.range);
    if (damage.touches(range)) return { kind: undefined, problems: [] };
    const begun = typeof root.scalar === 'string' && /^[\w.-]+$/.test(root.scalar);
    const got = root.type === 'sequence' ? 'a list' : 'a single value';
    const found = begun
      ? problem('BERTH1001', { detail: 'a ":" is missing after the key' }, range)
      : problem('BERTH1006', { key: 'document', expected: 'a mapping', got }, range);
    return { kind: undefined, problems: [found] };
  }
  const settled = settleKind(text, root, expected);
  if (settled.problem)
    return {
      kind: settled.kind,
      problems: settled.kind === undefined && damage.touches(settled.problem.range) ? [] : [settled.problem],
    };
  const kind = settled.kind!;
  const data = root.plain();
  if (validateDocument(data)) return { kind, problems: [] };
  const collector = new ProblemCollector({ ...document, kind }, kind, damage);
  // Misspelt and misplaced keys first: the key that they were meant to be is not missing as well.
  const kept = validateDocument.errors ?? [];
  const violations = kept.filter((violation) => violation !== undefined);
  const isUnknown = ({ keyword }: SchemaViolation): boolean => keyword === 'additionalProperties';
  const inTurn = [...violations.filter(isUnknown), ...violations.filter((violation) => !isUnknown(violation))];
  let judged = 0;
  while (judged < inTurn.length && collector.problems.length < MOST) collector.add(inTurn[judged++]!);
  const rest = inTurn[judged];
  if (rest) {
    const next = root.at(collector.pathOf(rest.instancePath)) ?? root;
    const place = (isUnknown(rest) && next.get(String(rest.params['additionalProperty']))?.keyRange) || next.range;
    const more = inTurn.length - judged;
    collector.problems.push(moreLikeThese(MOST, more, firstLine(text, place), kept.length >= MOST_VIOLATIONS));
  }
  return { kind, problems: collector.problems };
}

function settleKind(
  text: string,
  root: YamlNode,
  expected: DocumentKind | undefined,
): { kind?: DocumentKind | undefined; problem?: Problem<InText> } {
  const entry = root.get('kind');
  const value = entry?.value.scalar;
  const known = DOCUMENT_KINDS.find((kind) => kind === value);
  if (known) return { kind: known };
  const start = root.entries[0]?.keyRange ?? root.range;
  if (!entry) {
    const suggestion = expected ?? 'InferenceCluster';
    const edits = setValue({ text, root }, ['kind'], suggestion);
    const fixes: Fix[] = edits && expected ? [{ title: `Add "kind: ${suggestion}"`, edits, preferred: true }] : [];
    const asked = DOCUMENT_KINDS.filter((kind) => kind !== 'Graph');
    return {
      problem: problem(
        'BERTH1005',
        {
          key: 'kind',
          parent: 'document',
          description: `one of ${asked.slice(0, -1).join(', ')} and ${asked.at(-1)!}`,
        },
        start,
        fixes,
      ),
    };
  }
  const allowed = DOCUMENT_KINDS;
  if (typeof value !== 'string') {
    return { problem: problem('BERTH1029', { key: 'kind', expected: 'the kind of the document' }, entry.keyRange) };
  }
  const suggestion = didYouMean(value, allowed);
  const fixes = suggestion ? [replaceFix(`Change to "${suggestion}"`, entry.value.range, suggestion)] : [];
  return { problem: problem('BERTH1014', { kind: value, allowed, suggestion }, entry.value.range, fixes) };
}

class ProblemCollector {
  readonly problems: Problem<InText>[] = [];
  private readonly judged = new Set<string>();
  /**
   * Rules and places in the text, as far as they were looked at: what many aliases stand for is judged once. With the key, below the mapping, that
   * an unknown one was meant to be.
   */
  private readonly seen = new Map<string, Path | undefined>();
  /** Keys, by their path, that a misspelt or misplaced key was meant to be. */
  private readonly meant = new Set<string>();
  /** Mappings, by their path, that should have taken over keys of others: what they lack nobody knows. */
  private readonly unmerged = new Set<string>();
  private readonly document: Editable;
  private readonly kind: DocumentKind;
  private readonly damage: Damage;
  /** The place of the last violation: one mapping has many. */
  private last: { readonly pointer: string; readonly path: Path; readonly node: YamlNode | undefined } | undefined;
  /** Keys that the mapping of the last violation could have beside those that it has. */
  private free: { readonly of: YamlNode; readonly keys: readonly string[] } | undefined;

  constructor(document: Editable, kind: DocumentKind, damage: Damage) {
    this.document = document;
    this.kind = kind;
    this.damage = damage;
  }

  add(violation: SchemaViolation): void {
    const pointer = violation.instancePath;
    if (this.last?.pointer !== pointer) {
      const path = this.pathOf(pointer);
      this.last = { pointer, path, node: this.document.root.at(path) };
    }
    const { path, node } = this.last;
    if (!node) return;
    const rule = ruleAt(violation, node);
    if (this.seen.has(rule)) {
      const below = this.seen.get(rule);
      if (below) this.meant.add(dotted([...path, ...below]));
      return;
    }
    this.seen.set(rule, undefined);
    const found = this.problemOf(violation, path, node, rule);
    if (!found) return;
    // One value that breaks several rules has one violation: the first rule that it breaks.
    const at = `${found.range.start}-${found.range.end}-${violation.keyword === 'required' ? String(violation.params['missingProperty']) : ''}`;
    if (this.judged.has(at)) return;
    this.judged.add(at);
    this.problems.push(found);
  }

  private problemOf(violation: SchemaViolation, path: Path, node: YamlNode, rule: string): Problem<InText> | undefined {
    const { document } = this;
    switch (violation.keyword) {
      case 'additionalProperties':
        return this.unknownKey(String(violation.params['additionalProperty']), node, path, rule);
      case 'required':
        return (/\/oneOf\/\d+\/required$/.test(violation.schemaPath) && schemaAt(path, this.kind)?.oneOf) ||
          /\/anyOf\/[1-9]\d*\/required$/.test(violation.schemaPath)
          ? undefined
          : this.missingKey(String(violation.params['missingProperty']), node, path);
      case 'oneOf':
        return this.alternative(node, path);
      case 'anyOf': // the key of its first branch is said to be missing
        return undefined;
      default: {
        const entry = document.root.entryAt(path);
        if (entry && !entry.colon && !this.parentOf(path)?.flow) return undefined;
        if (node.missing && this.isDamaged(path, node)) return undefined;
        const found = valueProblem(document, this.kind, path, node, violation);
        return this.damage.touches(found.range) ? undefined : found;
      }
    }
  }

  private parentOf(path: Path): YamlNode | undefined {
    return this.document.root.at(path.slice(0, -1));
  }

  private unknownKey(key: string, parent: YamlNode, path: Path, rule: string): Problem<InText> | undefined {
    const entry = parent.get(key);
    if (!entry || this.damage.touches(entry.keyRange)) return undefined;
    if (key === '<<') {
      this.unmerged.add(dotted(path));
      return problem('BERTH1023', { what: 'a merge key ("<<") for anything but mappings' }, entry.keyRange);
    }
    const allowed = this.freeKeys(parent, path);
    const name = nameOf(path);
    const [place] = placesOfKey(key, path, this.kind);
    if (place) {
      this.meant.add(dotted([...place.path, key]));
      if (path.every((step, i) => step === place.path[i])) this.seen.set(rule, [...place.path.slice(path.length), key]);
      const belongs = place.path.length > 0 ? dotted(place.path) : 'the document itself';
      return problem(
        'BERTH1016',
        { key, parent: name, belongs },
        entry.keyRange,
        this.moveFix([...path, key], place.path),
      );
    }
    const suggestion = didYouMean(key, allowed);
    if (suggestion !== undefined) {
      this.meant.add(dotted([...path, suggestion]));
      this.seen.set(rule, [suggestion]);
    }
    const fixes: Fix[] = suggestion
      ? [replaceFix(`Change to "${suggestion}"`, entry.keyRange, yamlText(suggestion))]
      : [];
    const removal = removeEntry(this.document, [...path, key]);
    if (removal) fixes.push({ title: `Remove "${key}"`, edits: [removal] });
    const between = this.document.text.slice(entry.keyRange.end, entry.value.range.start);
    const anchor = suggestion === undefined ? /^\s*:\s+&([^\s,[\]{}]+)\s*$/.exec(between)?.[1] : undefined;
    return problem('BERTH1004', { key, parent: name, allowed, suggestion, anchor }, entry.keyRange, fixes);
  }

  private freeKeys(parent: YamlNode, path: Path): readonly string[] {
    if (this.free?.of !== parent) {
      const known = Object.keys(schemaAt(path, this.kind)?.properties ?? {});
      this.free = { of: parent, keys: known.filter((name) => !parent.get(name)) };
    }
    return this.free.keys;
  }

  /** Moves an entry whose value is on one line to another mapping. */
  private moveFix(from: Path, to: Path): Fix[] {
    const { document } = this;
    const entry = document.root.entryAt(from)!;
    const key = entry.key;
    const value = document.text.slice(entry.value.range.start, entry.value.range.end);
    const title = `Move to "${to.length > 0 ? dotted(to) : 'the document itself'}"`;
    if (entry.value.missing || value.includes('\n') || document.root.at([...to, key])) return [];
    const target = document.root.at(to);
    if (!target && to.length === from.length && to.slice(0, -1).every((step, i) => step === from[i])) {
      const range = { start: entry.keyRange.start, end: entry.value.range.end };
      return [replaceFix(title, range, `${yamlText(String(to.at(-1)))}: { ${yamlText(key)}: ${value} }`)];
    }
    const removal = removeEntry(document, from);
    const added = target && setText(document, [...to, key], value);
    if (!removal || !added || added.some((edit) => overlap(edit.range, removal.range))) return [];
    return [{ title, edits: [removal, ...added], preferred: true }];
  }

  private missingKey(key: string, parent: YamlNode, path: Path): Problem<InText> | undefined {
    if (this.meant.has(dotted([...path, key])) || this.unmerged.has(dotted(path))) return undefined;
    if (this.isDamaged(path, parent)) return undefined;
    const schema = schemaAt([...path, key], this.kind);
    const example = schema?.default ?? schema?.const ?? schema?.examples?.[0];
    const edits = example === undefined ? undefined : setValue(this.document, [...path, key], example);
    const fixes: Fix[] = edits ? [{ title: `Add "${key}: ${yamlText(example)}"`, edits, preferred: true }] : [];
    return problem(
      'BERTH1005',
      { key, parent: nameOf(path), description: schema?.description },
      this.ownerRange(parent, path),
      fixes,
    );
  }

  /** Where a mapping is named: its key, the name in it, or its first key. */
  private ownerRange(node: YamlNode, path: Path): Range {
    const entry = this.document.root.entryAt(path);
    if (entry) return entry.keyRange;
    const name = node.get('name')?.value;
    if (name?.type === 'scalar' && !name.missing) return name.range;
    return node.entries[0]?.keyRange ?? firstLine(this.document.text, node.range);
  }

  private isDamaged(path: Path, node: YamlNode): boolean {
    return this.damage.any && this.damage.touches(this.extent(path, node));
  }

  /** A mapping with its key and the line below it, where a key that is being typed may stand. */
  private extent(path: Path, node: YamlNode): Range {
    const { text, root } = this.document;
    const start = root.entryAt(path)?.keyRange.start ?? node.range.start;
    const lineEnd = text.indexOf('\n', node.range.end);
    const below = lineEnd < 0 ? text.length : text.indexOf('\n', lineEnd + 1);
    return { start, end: below < 0 ? text.length : below };
  }

  private alternative(node: YamlNode, path: Path): Problem<InText> | undefined {
    const branches = (schemaAt(path, this.kind)?.oneOf ?? []).map((branch) => {
      const required = branch.required ?? [];
      return { title: branch.title ?? '', required, given: required.filter((key) => node.get(key)) };
    });
    const begun = branches.filter((branch) => branch.given.length > 0);
    const [first, second] = begun;
    if (first && second) {
      const range = node.get(second.given[0]!)!.keyRange;
      const earlier = node.get(first.given[0]!)!.keyRange;
      const removal = removeEntry(this.document, [...path, first.given[0]!]);
      const fixes =
        removal && first.required.length === 1 ? [{ title: `Remove "${first.given[0]!}"`, edits: [removal] }] : [];
      return problem(
        'BERTH1017',
        { key: nameOf(path), first: first.title, second: second.title },
        range.start > earlier.start ? range : earlier,
        fixes,
      );
    }
    if (branches.some((branch) => branch.required.some((key) => this.meant.has(dotted([...path, key])))))
      return undefined;
    if (first)
      return this.missingKey(
        first.required.find((key) => !node.get(key))!,
        node,
        path,
      );
    if (this.isDamaged(path, node)) return undefined;
    const [one, other] = branches;
    const add = branches.map((branch) => branch.required.map((key) => `"${key}"`).join(' and ')).join(', or ');
    return problem(
      'BERTH1028',
      { key: nameOf(path), first: one?.title ?? '', second: other?.title ?? '', add },
      this.ownerRange(node, path),
    );
  }

  pathOf(pointer: string): Path {
    const path: (string | number)[] = [];
    let node: YamlNode | undefined = this.document.root;
    for (const part of pointer.split('/').slice(1)) {
      const step: string | number =
        node?.type === 'sequence' ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~');
      path.push(step);
      node = node?.at([step]);
    }
    return path;
  }
}

/** A rule and what is written at the place that breaks it. */
function ruleAt({ schemaPath, params }: SchemaViolation, node: YamlNode): string {
  const { additionalProperty: unknown, missingProperty: missing } = params as Partial<Record<string, string>>;
  const { start, end } = (unknown === undefined ? undefined : node.get(unknown)?.keyRange) ?? node.range;
  return `${start}-${end} ${schemaPath} ${unknown ?? missing ?? ''}`;
}

/** The word by which a person knows a place: its key, or the list's for an item. */
export function nameOf(path: Path): string {
  const key = path.findLast((step) => typeof step === 'string');
  if (key === undefined) return 'document';
  const last = path.at(-1);
  return typeof last === 'number' ? `${String(key)}[${last}]` : String(key);
}

/** `spec.jobs[0].slo`. */
export function dotted(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i > 0 ? `.${step}` : step)).join('');
}

function firstLine(text: string, range: Range): Range {
  const length = text.slice(range.start, range.end).indexOf('\n');
  return length < 0 ? range : { start: range.start, end: range.start + length };
}
