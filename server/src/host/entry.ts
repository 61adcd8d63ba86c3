/**
 * Where the code of a worker thread or child process lies.
 *
 * Convention: a file `server/src/<room>/<name>-worker.ts` or `<name>-process.ts` is an entry point. The build puts it beside all
 * other bundles as `<name>.js`; run from the sources (tests, on a Node that strips types) it is the TypeScript file itself.
 * Invariant: names of entry points are unique; the build refuses two of one name.
 *
 *     new Worker(entryUrl('preview-worker'))
 *     spawn(process.execPath, [fileURLToPath(entryUrl('replica-process')), ...])
 */
import { readdirSync } from 'node:fs';

/** Put there by the build; from the sources there is no such name. */
declare const __BERTH_BUNDLE__: boolean | undefined;

let sources: ReadonlyMap<string, URL> | undefined;

/**
 * The file URL of an entry point.
 *
 * @param name the file's name without extension, e.g. `preview-worker`.
 * @throws Error when there is no such entry point among the sources: a mistake in the code, never a user's.
 */
export function entryUrl(name: string): URL {
  if (typeof __BERTH_BUNDLE__ !== 'undefined') return new URL(`./${name}.js`, import.meta.url);
  sources ??= sourceEntries();
  const url = sources.get(name);
  if (url === undefined) throw new Error(`no entry point ${name}.ts under server/src`);
  return url;
}

function sourceEntries(): ReadonlyMap<string, URL> {
  const folder = new URL('../', import.meta.url);
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /-(?:worker|process)\.ts$/.test(path),
  );
  return new Map(
    entries.map((path) => {
      const segments = path.split(/[\\/]/);
      return [
        (segments.at(-1) ?? '').slice(0, -'.ts'.length),
        new URL(segments.map(encodeURIComponent).join('/'), folder),
      ];
    }),
  );
}
