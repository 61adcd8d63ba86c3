/** What words mean, for colours that the grammar of YAML alone cannot give: known keys, choices, quantities, names. */
import type { Range } from '../spec/problems/catalogue.ts';
import { resolved, schemaOf, type DocumentKind, type SchemaNode } from '../spec/schema/schema-tree.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { OpenDocument } from './document.ts';
import { sections } from './section.ts';

/** The legend: standard types of the protocol, which every theme has colours for. */
export const TOKEN_TYPES = ['property', 'enumMember', 'number', 'string', 'class', 'variable'] as const;
export type TokenType = (typeof TOKEN_TYPES)[number];

export interface SemanticToken {
  /** On one line. */
  readonly range: Range;
  readonly type: TokenType;
}

/** In the order of the text. @param range leaves out what lies outside of it. */
export function semanticTokens(doc: OpenDocument, range: Range = { start: 0, end: doc.text.length }): SemanticToken[] {
  const tokens: SemanticToken[] = [];
  for (const { kind, root } of sections(doc)) {
    if (kind && root) new TokenWalk(doc.text, kind, range, tokens).node(root, schemaOf(kind), '');
  }
  return tokens.sort((a, b) => a.range.start - b.range.start);
}

class TokenWalk {
  private readonly text: string;
  private readonly kind: DocumentKind;
  private readonly range: Range;
  private readonly tokens: SemanticToken[];

  constructor(text: string, kind: DocumentKind, range: Range, tokens: SemanticToken[]) {
    this.text = text;
    this.kind = kind;
    this.range = range;
    this.tokens = tokens;
  }

  node(node: YamlNode, written: SchemaNode, key: string): void {
    if (node.range.end < this.range.start || node.range.start > this.range.end) return;
    const schema = resolved(written, this.kind);
    for (const entry of node.entries) {
      const known =
        schema.properties && Object.hasOwn(schema.properties, entry.key) ? schema.properties[entry.key] : undefined;
      const other = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
      if (known) this.token(entry.keyRange, 'property');
      else if (other) this.token(entry.keyRange, 'variable');
      const inner = known ?? other;
      if (inner) this.node(entry.value, inner, entry.key);
    }
    if (schema.items) for (const item of node.items) this.node(item, schema.items, key);
    if (node.type === 'scalar' && !node.missing) this.scalar(node, schema, key);
  }

  private scalar(node: YamlNode, schema: SchemaNode, key: string): void {
    if (schema.enum || schema.const !== undefined) this.token(node.range, 'enumMember');
    else if (schema['x-berth-unit'] || typeof node.scalar === 'number') this.token(node.range, 'number');
    else if (key === 'name') this.token(node.range, 'class');
    else if (key === 'from' || key === 'to' || key === 'column' || schema.title === 'Device')
      this.token(node.range, 'variable');
    else if (typeof node.scalar === 'string') this.token(node.range, 'string');
  }

  private token(range: Range, type: TokenType): void {
    const { start, end } = range;
    const outside = end < this.range.start || start > this.range.end;
    if (outside || start >= end || this.text.slice(start, end).includes('\n')) return;
    this.tokens.push({ range, type });
  }
}
