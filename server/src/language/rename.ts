/** Changes a name where it is given and wherever it is used. */
import { yamlText } from '../spec/yaml/edit.ts';
import { explain, type Range, type Severity, type TextEdit } from '../spec/problems/catalogue.ts';
import type { Files } from '../spec/spec-file.ts';
import { schemaAt, type DocumentKind, type SchemaNode } from '../spec/schema/schema-tree.ts';
import type { OpenDocument } from './document.ts';
import { namedAt, type Named } from './named.ts';
import { sectionAt } from './section.ts';

export interface FileEdits {
  /** Absolute. */
  readonly path: string;
  readonly edits: readonly TextEdit[];
}

export type Renaming =
  | { readonly ok: true; readonly files: readonly FileEdits[] }
  | {
      readonly ok: false;
      readonly refusal: {
        readonly code: string;
        readonly severity: Severity;
        readonly message: string;
        readonly hint: string;
      };
    };

/** The name that can be changed at an offset; null where there is none. */
export function prepareRename(
  doc: OpenDocument,
  offset: number,
  { files }: { readonly files: Files },
): { readonly range: Range; readonly placeholder: string } | null {
  const named = namedAt(doc, offset, files);
  if (!named?.definition) return null;
  return { range: named.range, placeholder: named.name };
}

/** @returns null where no name stands. */
export function rename(
  doc: OpenDocument,
  offset: number,
  newName: string,
  { files }: { readonly files: Files },
): Renaming | null {
  const named = namedAt(doc, offset, files);
  if (!named?.definition) return null;
  const kind = named.sort === 'node' ? 'Graph' : sectionAt(doc, offset)?.kind;
  const refusal = refuse(named, newName, kind);
  if (refusal) return { ok: false, refusal };
  const byFile = new Map<string, TextEdit[]>();
  const texts = new Map([[doc.path, doc.text]]);
  for (const { path, range, suffix } of [{ ...named.definition, suffix: '' }, ...named.uses]) {
    const text = texts.get(path) ?? files.read(path)?.text ?? '';
    texts.set(path, text);
    const edit = { range, newText: written(text, range, path, `${newName}${suffix}`) };
    const edits = byFile.get(path);
    if (edits) edits.push(edit);
    else byFile.set(path, [edit]);
  }
  return { ok: true, files: Array.from(byFile, ([path, edits]) => ({ path, edits })) };
}

/** What the schema asks of a name. */
type NameSchema = SchemaNode & { readonly maxLength?: number };

function refuse(
  named: Named,
  newName: string,
  kind: DocumentKind | undefined,
): Extract<Renaming, { ok: false }>['refusal'] | undefined {
  const schema: NameSchema = (kind && schemaAt(named.namePath, kind)) ?? {};
  const fits = newName !== '' && (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(newName));
  if (!fits || newName.length > (schema.maxLength ?? Infinity))
    return explain('BERTH1019', { key: 'name', value: newName });
  if (!named.others.includes(newName) || named.sort === 'document') return undefined;
  if (named.sort === 'node') return explain('BERTH3002', { node: newName });
  const message = `Another ${named.sort} is called "${newName}" already.`;
  return { ...explain('BERTH1010', { what: named.sort, name: newName, line: 1 }), message };
}

/** In the quotes that stand there; JSON needs them. */
function written(text: string, range: Range, path: string, name: string): string {
  const quote = text[range.start];
  if (path.endsWith('.json') || quote === '"') return JSON.stringify(name);
  return quote === "'" && !name.includes("'") ? `'${name}'` : yamlText(name);
}
