/** Entry of the language server: over IPC where the editor forks it, else over standard input and output (`--stdio`). */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './server.ts';
import { stackOf } from '../host/stack-of.ts';

const connection =
  process.argv.includes('--stdio') ||
  process.argv.some((argument) => /^--(?:node-ipc|socket|pipe|clientProcessId)/.test(argument))
    ? createConnection(ProposedFeatures.all)
    : createConnection(ProposedFeatures.all, process.stdin, process.stdout);

// A fault of ours must not take what is typed with it: it is logged, and the next request is answered.
process.on('uncaughtException', (error) => connection.console.error(stackOf(error)));
process.on('unhandledRejection', (reason) => connection.console.error(stackOf(reason)));

startServer(connection);
