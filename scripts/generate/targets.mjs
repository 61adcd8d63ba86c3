/**
 * `schemas/target.json` says once what a spec's `target` may be. From there it goes into the schema of every kind, each of which is
 * complete by itself, and into the types.
 */
import { readFile } from 'node:fs/promises';
import { typesOf } from './spec-types.mjs';
import { readSchemas } from './validators.mjs';

const root = new URL('../../', import.meta.url);

/** The definition in a schema's text, empty before it was first filled in. */
const DEFINITION = /^( {4}"target": )\{(?:\}|[\s\S]*?\n {4}\})/m;

export default async function generate() {
  const text = (await readFile(new URL('schemas/target.json', root), 'utf8')).trim();
  const target = JSON.parse(text);
  const files = {
    'server/src/spec/generated/target.ts': `${await typesOf(target, 'WrittenTarget', 'target.json', 'targets.mjs')}
/** The targets that are written as a word; the first is meant where none is written. */
export const TARGETS = ${JSON.stringify(wordsOf(target)).replaceAll('"', "'")} as const;
`,
  };
  for (const { name, schema } of await readSchemas()) {
    if (!schema.$defs?.target) continue;
    const path = `schemas/${name}.schema.json`;
    const before = await readFile(new URL(path, root), 'utf8');
    files[path] = before.replace(DEFINITION, (_, key) => key + text.replaceAll('\n', '\n    '));
  }
  return files;
}

/** Also those among other forms (`oneOf`), in their order. */
function wordsOf(schema) {
  return [...(schema.enum ?? []), ...(schema.oneOf ?? []).flatMap(wordsOf)];
}
