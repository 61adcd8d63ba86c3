/** Writes NOTICE, the licences of the packages that are bundled, as esbuild records them for the packaged extension. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../build.mjs';
import { noticeOf } from '../supply/notice.mjs';
import { shippedPackages } from '../supply/shipped-packages.mjs';

export default async function generate(root) {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build', 'notice-'));
  try {
    const { packages } = await bundle(folder, { minify: true, sourcemap: false });
    return { NOTICE: noticeOf(shippedPackages(root, Object.keys(packages))) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
