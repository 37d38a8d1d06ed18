/**
 * Polls of jobs at a steady rate while a real job runs: `npm run load -- polls [embedded|redis] [rate] [seconds] [waiting]`.
 *
 * Half of the polls look at the job that runs, half at one that has ended. With `waiting` jobs they are spread evenly over
 * these instead, as if each had a client of its own; one of them runs, and the queue moves up as they end.
 *
 * The rate is kept whatever the answers take, and a latency is counted from the time the poll was due, so that a pause of
 * the server is seen by every poll that fell into it (no coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openGetClient } from './get-client.ts';
import { cpuSeconds, type Deployment, deploy } from './processes.ts';
import { exampleFile, made, view } from './requests.ts';

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 3;
const SHARE_RUNNING = 0.5;

export async function polls(
  backend: 'embedded' | 'redis',
  rate: number,
  seconds: number,
  waiting: number,
): Promise<void> {
  const service = await deploy(backend, 1, { LOG_LEVEL: process.env.LOG_LEVEL ?? 'info' });
  const polled = waiting > 0 ? await spread(service, waiting) : await runningAndEnded(service);
  try {
    await drive(service.port, polled.path, rate, WARM_UP_SECONDS);
    const before = service.processes.map(({ pid }) => cpuSeconds(pid));
    const latencies = await drive(service.port, polled.path, rate, seconds);
    report(backend, rate, seconds, latencies);
    for (const [index, { name, pid }] of service.processes.entries()) {
      const used = cpuSeconds(pid) - before[index]!;
      console.log(`  ${name}: ${((used / latencies.length) * 1000).toFixed(3)} CPU s per 1,000 polls`);
    }
    console.log(`  ${await polled.told()}`);
  } finally {
    polled.stop();
    await service.close();
  }
}

interface Polled {
  /** Of the next poll. */
  path(): string;
  /** What ran meanwhile. */
  told(): Promise<string>;
  stop(): void;
}

async function runningAndEnded(service: Deployment): Promise<Polled> {
  const ended = await submit(service, { method: 'convert', benchmark: false });
  while ((await view(service, ended)).state !== 'succeeded') await sleep(100);
  let running = await submit(service, heavy(0));
  let next = await submit(service, heavy(1));
  // There is always one that runs: another is submitted as soon as one ends.
  let jobs = 2;
  const feeding = setInterval(async () => {
    const { state } = await view(service, running);
    if (state === 'queued' || state === 'running') return;
    running = next;
    next = await submit(service, heavy(jobs++));
  }, 250);
  return {
    path: () => `/v1/jobs/${Math.random() < SHARE_RUNNING ? running : ended}`,
    told: async () => `jobs that ran meanwhile: ${jobs - 1}`,
    stop: () => clearInterval(feeding),
  };
}

async function spread(service: Deployment, waiting: number): Promise<Polled> {
  const ids: string[] = [];
  for (let index = 0; index < waiting; index++) ids.push(await submit(service, heavy(index)));
  return {
    path: () => `/v1/jobs/${ids[Math.floor(Math.random() * ids.length)]}`,
    async told() {
      const views = await Promise.all(ids.map(id => view(service, id)));
      const over = views.filter(({ state }) => state !== 'queued').length;
      return `${ids.length} jobs polled, ${over} of them ran`;
    },
    stop: () => {},
  };
}

/** Different options make different work. */
function heavy(index: number): object {
  return {
    method: { type: 'static-int8', calibrator: { type: 'percentile', percentile: 99 + index / 1000 } },
  };
}

async function submit({ url }: Deployment, spec: object): Promise<string> {
  const form = new FormData();
  form.append('spec', JSON.stringify(spec));
  form.append('model', exampleFile('model.onnx'), 'model.onnx');
  form.append('calibration', exampleFile('calib.npz'), 'calib.npz');
  form.append('evaluation', exampleFile('eval.npz'), 'eval.npz');
  return made(await fetch(`${url}/v1/jobs`, { method: 'POST', body: form }));
}

/** @returns milliseconds of each poll */
async function drive(port: number, path: () => string, rate: number, seconds: number): Promise<number[]> {
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => openGetClient('127.0.0.1', port)),
  );
  const free = [...clients];
  const due: number[] = [];
  const latencies: number[] = [];
  const total = rate * seconds;
  await new Promise<void>((resolve, reject) => {
    const serve = (): void => {
      while (due.length > 0 && free.length > 0) {
        const at = due.shift()!;
        const client = free.pop()!;
        client.get(path()).then(({ status, body }) => {
          latencies.push(performance.now() - at);
          if (status !== 200) return reject(new Error(`${status}: ${body}`));
          free.push(client);
          if (latencies.length === total) return resolve();
          serve();
        }, reject);
      }
    };
    const begin = performance.now();
    let sent = 0;
    const ticking = setInterval(() => {
      const now = performance.now();
      while (sent < total && begin + (sent / rate) * 1000 <= now) due.push(begin + (sent++ / rate) * 1000);
      if (sent === total) clearInterval(ticking);
      serve();
    }, 1);
  });
  for (const client of clients) client.close();
  return latencies;
}

function report(backend: string, rate: number, seconds: number, latencies: number[]): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
  console.log(
    `${backend}: ${rate} polls/s for ${seconds} s, ms: p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, max ${at(1)}`,
  );
}
