/** Resources of Kubernetes as they are written, each value with its place in the file, also in YAML that is a text within YAML. */
import type { Range } from '../spec/problems/catalogue.ts';
import { ALIAS_LIMIT, readYaml } from '../spec/yaml/document.ts';
import type { Slip } from '../spec/yaml/green.ts';
import { placesWithin } from '../spec/yaml/text-within.ts';
import { YamlNode, type YamlEntry } from '../spec/yaml/tree.ts';
import { nulProblem } from '../spec/yaml/yaml-problems.ts';
import type { Found } from './found.ts';

/** From a range of the text that was read to one of the file. */
type InFile = (range: Range) => Range;

export interface ManifestField {
  readonly key: string;
  readonly keyRange: Range;
  readonly value: ManifestNode;
}

/** A value, or what stands for one that is absent: then its range is that of what it would be in. */
export class ManifestNode {
  readonly range: Range;
  readonly #node: YamlNode | undefined;
  readonly #inFile: InFile;

  constructor(node: YamlNode | undefined, inFile: InFile, around: Range) {
    this.range = node ? inFile(node.range) : around;
    this.#node = node;
    this.#inFile = inFile;
  }

  get isMapping(): boolean {
    return this.#node?.type === 'mapping';
  }

  get isList(): boolean {
    return this.#node?.type === 'sequence';
  }

  /** Nothing is there, or `null`. */
  get isAbsent(): boolean {
    return this.#node === undefined || this.#node.scalar === null;
  }

  /** Of a text, number or boolean. */
  get scalar(): string | number | boolean | undefined {
    return this.#node?.scalar ?? undefined;
  }

  /** As a message names it. */
  get shown(): string {
    if (this.isMapping) return 'a mapping';
    if (this.isList) return 'a list';
    return this.isAbsent ? 'empty' : JSON.stringify(this.scalar);
  }

  /** Of a mapping, with what its merge keys (`<<`) bring in. */
  get fields(): readonly ManifestField[] {
    return (this.#node?.meant ?? []).map((entry) => this.#field(entry));
  }

  get items(): readonly ManifestNode[] {
    return (this.#node?.items ?? []).map((item) => new ManifestNode(item, this.#inFile, this.range));
  }

  field(key: string): ManifestField | undefined {
    const entry = this.#node?.get(key);
    return entry && this.#field(entry);
  }

  at(...keys: readonly string[]): ManifestNode {
    const [first, ...rest] = keys;
    if (first === undefined) return this;
    const value = this.field(first)?.value ?? new ManifestNode(undefined, this.#inFile, this.range);
    return value.at(...rest);
  }

  /**
   * The YAML that this text holds, with its places in the file; what is wrong with it is found.
   *
   * @param file that this node was read from.
   * @returns undefined where there is nothing in it, or nothing that could be read.
   */
  inner(file: string, where: string, found: Found): ManifestNode | undefined {
    const { scalar } = this;
    if (typeof scalar !== 'string' || !this.#node) return undefined;
    const [first, second] = read(scalar, { where, inner: true, inFile: placesWithin(file, this.#node), found });
    if (second) found.add('BERTH5651', { where, detail: 'a second document is not read' }, second.range);
    return first;
  }

  #field({ key, keyRange, value }: YamlEntry): ManifestField {
    const range = this.#inFile(keyRange);
    return { key, keyRange: range, value: new ManifestNode(value, this.#inFile, range) };
  }
}

/** Of each document that holds something. Never throws, whatever the text. */
export function readManifests(text: string, found: Found): readonly ManifestNode[] {
  const nul = nulProblem(text);
  if (nul) {
    found.take(nul);
    return [];
  }
  return read(text, { where: 'The file', inner: false, inFile: (range) => range, found });
}

interface ReadOptions {
  /** As a message begins with it. */
  readonly where: string;
  readonly inner: boolean;
  readonly inFile: InFile;
  readonly found: Found;
}

function read(text: string, { where, inner, inFile, found }: ReadOptions): readonly ManifestNode[] {
  return readYaml(text).documents.flatMap(({ base, start, root, slips, bomb }) => {
    for (const slip of slips) {
      const range = inFile({ start: slip.start + base, end: slip.end + base });
      if (slip.type === 'alias') found.add('BERTH5652', { alias: slip.detail, inner }, range);
      else found.add('BERTH5651', { where, detail: detailOf(slip) }, range);
    }
    const around = inFile({ start, end: start });
    if (bomb) found.add('BERTH1013', { limit: ALIAS_LIMIT }, around);
    if (!root) return [];
    const node = new ManifestNode(new YamlNode(root, base), inFile, around);
    return node.isAbsent ? [] : [node];
  });
}

function detailOf({ type, detail }: Slip): string {
  switch (type) {
    case 'tab':
      return 'a tab indents this line';
    case 'duplicate':
      return `the key "${detail}" is given twice`;
    case 'unsupported':
      return `${detail} is not read here`;
    default:
      return detail;
  }
}
