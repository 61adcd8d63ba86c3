#!/usr/bin/env node
// The command `berth` in a checkout: makes it ready where it is not, then runs the bundled command line on the pinned Node.
import { join } from 'node:path';
import process from 'node:process';
import { bootstrap } from '../scripts/bootstrap.mjs';
import { becomeNode, root } from '../scripts/pinned-node.mjs';

try {
  becomeNode(await bootstrap(), [join(root, 'dist', 'cli.js'), ...process.argv.slice(2)]);
} catch (error) {
  console.error(`berth: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
