/** Looks at the sandbox that this process has started, from outside, as the limit of a job does. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import { residentBytes } from '../../src/jobs/process-memory.ts';

export const canWatch = process.platform === 'linux';

/** @param entry path of what the sandbox runs @param look is told what it takes, alone and with its children, every few milliseconds */
export async function watchSandbox<Result>(
  entry: string,
  run: () => Promise<Result>,
  look: (alone: number, together: number) => void,
): Promise<Result> {
  const timer = setInterval(async () => {
    const pid = childOf(process.pid, entry);
    if (pid === undefined) return;
    const [alone, together] = [residentOf(pid), await residentBytes(pid)];
    if (alone !== undefined && together !== undefined) look(alone, together);
  }, PERIOD_MS);
  try {
    return await run();
  } finally {
    clearInterval(timer);
  }
}

const PERIOD_MS = 20;
const KIB = 1024;

/** The one that was started for the entry, and not one of a loader's. */
function childOf(pid: number, entry: string): number | undefined {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean),
  );
  return children.map(Number).find(child => read(`/proc/${child}/cmdline`).includes(entry));
}

function residentOf(pid: number): number | undefined {
  const kib = /^VmRSS:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kib === undefined ? undefined : Number(kib) * KIB;
}

/** Nothing of a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
