/**
 * A queue of real jobs to its end, with so many workers and then with so many: `npm run load -- queue [jobs] [workers ...]`.
 *
 * Every job is work of its own (the same model with another limit), so none is answered from a result that is known, and
 * small: what a job costs beside its own computing is seen best.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenCpuSeconds, cpuSeconds, type Deployment, deploy } from './processes.ts';
import { exampleFile, made, type View, view } from './requests.ts';

export async function queue(jobs: number, workers: readonly number[]): Promise<void> {
  for (const count of workers) {
    const service = await deploy('redis', count, { BITPRESS_MAX_QUEUED: String(jobs) });
    try {
      await drain(service, jobs, count);
    } finally {
      await service.close();
    }
  }
}

async function drain(service: Deployment, jobs: number, workers: number): Promise<void> {
  const model = await upload(service, 'models', 'model.onnx');
  const before = { own: total(service, cpuSeconds), sandboxes: total(service, childrenCpuSeconds) };
  const since = performance.now();
  const ids: string[] = [];
  for (let index = 0; index < jobs; index++)
    ids.push(await submit(service, { model, benchmark: false, ...work(index) }));
  const submitted = (performance.now() - since) / 1000;
  const views: View[] = [];
  for (const id of ids) {
    let job = await view(service, id);
    while (job.state === 'queued' || job.state === 'running') {
      await sleep(100);
      job = await view(service, id);
    }
    views.push(job);
  }
  const seconds = (performance.now() - since) / 1000;
  const states = new Map<string, number>();
  for (const { state } of views) states.set(state, (states.get(state) ?? 0) + 1);
  const runs = views.map(job => (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000);
  const median = runs.toSorted((a, b) => a - b)[Math.floor(runs.length / 2)]!;
  const own = total(service, cpuSeconds) - before.own;
  const sandboxes = total(service, childrenCpuSeconds) - before.sandboxes;
  console.log(
    `${jobs} jobs, ${workers} worker(s): ${new Set(ids).size} ids, ${JSON.stringify(Object.fromEntries(states))}, submitted in ${submitted.toFixed(1)} s, over after ${seconds.toFixed(1)} s: ${((jobs / seconds) * 60).toFixed(1)} a minute; a run took ${median.toFixed(2)} s (median), CPU s a job: sandboxes ${(sandboxes / jobs).toFixed(2)}, server, workers and redis together ${(own / jobs).toFixed(3)}`,
  );
}

/** Another limit makes it another job. */
function work(index: number): object {
  return { method: 'dynamic-int8', limits: { timeoutSeconds: 600 + index } };
}

function total({ processes }: Deployment, of: (pid: number) => number): number {
  return processes.reduce((sum, { pid }) => sum + of(pid), 0);
}

async function upload({ url }: Deployment, kind: 'models' | 'datasets', name: string): Promise<string> {
  const form = new FormData();
  form.append('file', exampleFile(name), name);
  return made(await fetch(`${url}/v1/${kind}`, { method: 'POST', body: form }));
}

async function submit({ url }: Deployment, spec: object): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  return made(await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(spec) }));
}
