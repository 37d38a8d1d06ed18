/** How the command line runs a task: as a worker does, and without a network where the host allows it. */
import type { SandboxTask, TaskResults } from '../../jobs/sandbox-protocol.ts';
import { runSandbox, type SandboxOptions } from '../../jobs/supervisor.ts';
import type { ChildEntry } from '../../platform/child-entry.ts';
import { withoutNetwork } from '../../platform/without-network.ts';

export type RunTask = <K extends SandboxTask['kind']>(
  task: Extract<SandboxTask, { kind: K }>,
  options: Omit<SandboxOptions, 'entry'>,
) => Promise<TaskResults[K]>;

/** The host is tried with the first task: commands that run none do not pay for it. */
export function localSandbox(entry: ChildEntry): RunTask {
  let isolated: Promise<ChildEntry> | undefined;
  return async (task, options) => {
    isolated ??= withoutNetwork(entry).then(found => found ?? entry);
    return runSandbox(task, { ...options, entry: await isolated });
  };
}
