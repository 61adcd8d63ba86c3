// `node scripts/run.mjs TASK ARGS…`: makes the checkout ready on whatever Node runs this, then runs scripts/TASK.mjs on the pinned Node.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bootstrap } from './bootstrap.mjs';
import { becomeNode, root } from './pinned-node.mjs';

/** Tasks that make what bootstrap would make, or only read sources; the tests build when some of them need it. */
const needNoBundles = new Set(['build', 'faults', 'generate', 'lint', 'package', 'test']);

const [task = '', ...args] = process.argv.slice(2);
const script = join(root, 'scripts', `${task}.mjs`);
if (task === '' || !existsSync(script)) {
  console.error(`berth: there is no task "${task}": see "scripts" in package.json.`);
  process.exit(2);
}
try {
  becomeNode(await bootstrap({ build: !needNoBundles.has(task) }), [script, ...args]);
} catch (error) {
  console.error(`berth: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
