/**
 * Ends this process when its parent is gone or its time is over, even while native code blocks the event loop.
 *
 * A thread of its own watches: a parent that was killed cannot kill its children, and a run that never ends would
 * otherwise outlive it.
 */
import { Worker } from 'node:worker_threads';

const PERIOD_MS = 250;

const SOURCE = `
  const { workerData } = require('node:worker_threads');
  const end = performance.now() + workerData.limitMs;
  setInterval(() => {
    if (process.ppid !== workerData.parent || performance.now() > end) process.kill(process.pid, 'SIGKILL');
  }, workerData.periodMs);
`;

export async function startWatchdog(limitMs: number): Promise<void> {
  const workerData = { parent: process.ppid, limitMs, periodMs: PERIOD_MS };
  const worker = new Worker(SOURCE, { eval: true, workerData });
  await new Promise(resolve => worker.once('online', resolve));
  worker.unref();
}
