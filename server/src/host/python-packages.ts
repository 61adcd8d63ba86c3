/**
 * Where the Python packages lie that the user's own Python runs: `dist/python` beside the bundles, `server/runtime/python` from the sources.
 *
 *     spawn(python, ['-m', 'berth_torch.…'], { env: { ...process.env, PYTHONPATH: PYTHON_PACKAGES } })
 */
import { fileURLToPath } from 'node:url';

/** Put there by the build; from the sources there is no such name. */
declare const __BERTH_BUNDLE__: boolean | undefined;

/** Absolute path of the folder that holds `berth_torch`. */
export const PYTHON_PACKAGES: string = fileURLToPath(
  typeof __BERTH_BUNDLE__ === 'undefined'
    ? new URL('../../runtime/python', import.meta.url)
    : new URL('./python', import.meta.url),
);
