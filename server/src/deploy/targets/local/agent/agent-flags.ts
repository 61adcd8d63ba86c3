/**
 * How Node is told to run the agent. One thread collects garbage there: the machine's other cores belong to the replicas, and several threads
 * that share a collection wait for the last of them to be given a core, for 30 ms and more where all are busy, while no request is answered.
 *
 * VS Code's own Node is not told: it is Electron's, and takes other options.
 */
export function agentFlags(): readonly string[] {
  return process.versions.electron === undefined ? ['--single-threaded-gc'] : [];
}
