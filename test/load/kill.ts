/**
 * SIGKILL in the middle of real jobs: `npm run load -- kill [sandbox|worker|server|redis|alone] [rounds]`.
 *
 * Each round submits three jobs (a real model, the real sandbox, a webhook each), kills the victim at a moment that is random
 * within a run, starts it again and waits for the end of all. What must hold stands in `checkRound`; a round in which it does
 * not ends the campaign with what was found.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { childrenOf } from '../support/cluster.ts';
import { patientClient, type View, wrongBlobs } from '../support/patient-client.ts';
import { deployKillable, type Killable } from './killable.ts';
import { exampleFile } from './requests.ts';
import { type Receiver, startReceiver } from './webhook-receiver.ts';
import { writeSecretFile } from './webhook-secret.ts';

export const VICTIMS = ['sandbox', 'worker', 'server', 'redis', 'alone'] as const;
export type Victim = (typeof VICTIMS)[number];

const JOBS_PER_ROUND = 3;
/** Times of a run: the kill may come before the first has begun to compute, and after the last has ended. */
const MOMENT = 1.5;
/** Of the killed server. */
const UPLOAD_BYTES = 64 * 1024 ** 2;
const WEBHOOK_SECONDS = 60;

export async function kill(victim: Victim, rounds: number): Promise<void> {
  const receiver = await startReceiver();
  const secret = writeSecretFile();
  const service = await deployKillable(victim === 'alone' ? 'embedded' : 'redis', {
    BITPRESS_WEBHOOK_HOSTS: receiver.url,
    BITPRESS_WEBHOOK_PRIVATE: '1',
    BITPRESS_WEBHOOK_SECRET_FILE: secret.path,
  });
  try {
    const campaign = await begin(service, receiver);
    for (let round = 0; round < rounds; round++) await playRound(campaign, victim, round);
    await report(campaign, victim, rounds);
  } finally {
    await service.stop();
    receiver.close();
    secret.remove();
  }
}

interface Campaign {
  readonly service: Killable;
  readonly receiver: Receiver;
  readonly client: ReturnType<typeof patientClient>;
  readonly submit: (number: number) => Promise<string>;
  /** SHA-256 of the model that every job must make. */
  readonly expected: string;
  readonly runMs: number;
  /** Ids of jobs, and those that may have been failed by a kill. */
  readonly jobs: string[];
  readonly killed: Set<string>;
  readonly recoveriesMs: number[];
}

async function begin(service: Killable, receiver: Receiver): Promise<Campaign> {
  const client = patientClient(service.servers.map(({ url }) => url));
  const upload = async (kind: string, name: string): Promise<string> => {
    const body = new FormData();
    body.append('file', exampleFile(name), name);
    return (await client.call(0, `/v1/${kind}`, { method: 'POST', body })).id;
  };
  const model = await upload('models', 'model.onnx');
  const calibration = await upload('datasets', 'calib.npz');
  const evaluation = await upload('datasets', 'eval.npz');
  let turn = 0;
  const submit = async (number: number): Promise<string> => {
    // Another limit makes it another job with the same artifacts.
    const spec = {
      model,
      calibration,
      evaluation,
      method: 'static-int8',
      benchmark: false,
      limits: { timeoutSeconds: 600 + number },
      webhook: receiver.url,
    };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(spec);
    return (await client.call(turn++, '/v1/jobs', { method: 'POST', headers, body })).id;
  };
  const reference = await client.end(await submit(0));
  const { startedAt = '', finishedAt = '' } = reference as View & { readonly finishedAt?: string };
  return {
    service,
    receiver,
    client,
    submit,
    expected: modelOf(reference) ?? '',
    runMs: Date.parse(finishedAt) - Date.parse(startedAt),
    jobs: [],
    killed: new Set(),
    recoveriesMs: [],
  };
}

async function playRound(campaign: Campaign, victim: Victim, round: number): Promise<void> {
  const { service, client, submit, runMs, jobs, killed, recoveriesMs } = campaign;
  const { started } = service.runs;
  const ids = await Promise.all(
    [...Array(JOBS_PER_ROUND).keys()].map(index => submit(1 + round * JOBS_PER_ROUND + index)),
  );
  while (!ids.some(id => started.has(id))) await sleep(10);
  const upload = victim === 'server' ? uploadPast(campaign, round) : undefined;
  await sleep(Math.random() * MOMENT * runMs);
  const since = performance.now();
  if (victim === 'sandbox') for (const id of ids) killed.add(id);
  await strike(service, victim, round);
  const views = await Promise.all(ids.map(id => endOf(client, id)));
  recoveriesMs.push(performance.now() - since);
  await upload;
  jobs.push(...ids);
  await checkRound(campaign, ids, views);
}

/** Odd rounds leave a second one of the kind, even rounds none. */
async function strike(service: Killable, victim: Victim, round: number): Promise<void> {
  if (victim === 'sandbox') {
    for (const pid of service.workers.flatMap(worker => childrenOf(worker.pid))) process.kill(pid, 'SIGKILL');
    return;
  }
  const members = {
    worker: service.workers,
    server: service.servers,
    redis: service.redis ? [service.redis] : [],
    alone: service.servers,
  }[victim];
  const struck = members.filter((_, index) => members.length === 1 || round % 2 === 0 || index === 0);
  await Promise.all(struck.map(member => member.kill()));
  await sleep(300 + Math.random() * 1_000);
  await Promise.all(struck.map(member => member.start()));
}

/** A job may wait for the lock of a killed worker, and for its turn. */
async function endOf(client: Campaign['client'], id: string): Promise<View> {
  for (let turn = 0; turn < 60; turn++) {
    const view = await client.call(turn, `/v1/jobs/${id}?wait=5`);
    if (view.state !== 'queued' && view.state !== 'running') return view;
  }
  throw new Error(`job ${id} did not end`);
}

/** Content that is on its way to a server while it is killed: sent again until it is taken. */
async function uploadPast({ client }: Campaign, round: number): Promise<void> {
  const content = new Blob([NPY_HEAD, new Uint8Array(UPLOAD_BYTES).fill(round + 1)]);
  const headers = { 'content-type': 'application/octet-stream' };
  const { id } = await client.call(0, '/v1/datasets', { method: 'POST', headers, body: content });
  if (id === undefined) throw new Error('the upload was refused');
}

/** A .npy file of UPLOAD_BYTES bytes (NumPy Enhancement Proposal 1). */
const NPY_HEAD = Buffer.from(
  `\x93NUMPY\x01\x00v\x00${`{'descr': '|u1', 'fortran_order': False, 'shape': (${UPLOAD_BYTES},), }`.padEnd(117)}\n`,
  'latin1',
);

async function checkRound(campaign: Campaign, ids: readonly string[], views: readonly View[]): Promise<void> {
  const { service, receiver, client, expected, killed } = campaign;
  for (const [index, id] of ids.entries()) {
    const view = views[index]!;
    if (view.state === 'failed' && killed.has(id) && view.error?.code === 'sandbox_died') {
      // On demand it runs again, as if nothing had been.
      await client.call(0, `/v1/jobs/${id}/retry`, { method: 'POST' });
      const again = await endOf(client, id);
      if (modelOf(again) !== expected) throw new Error(`a second run of ${id} gave ${JSON.stringify(again)}`);
    } else if (view.state !== 'succeeded' || modelOf(view) !== expected)
      throw new Error(`job ${id} ended as ${JSON.stringify(view)}`);
    for (let waited = 0; !receiver.messages.has(id); waited++) {
      if (waited > WEBHOOK_SECONDS * 10) throw new Error(`nobody was told of job ${id}`);
      await sleep(100);
    }
    if (receiver.messages.get(id)!.size !== 1) throw new Error(`job ${id} was told of in two messages`);
  }
  const wrong = await wrongBlobs(join(service.store, 'blobs'));
  if (wrong.length > 0) throw new Error(`content that is not what its name says: ${wrong.join(', ')}`);
}

function modelOf(view: View): string | undefined {
  return view.artifacts?.find(({ name }) => name === 'model.onnx')?.sha256;
}

async function report(campaign: Campaign, victim: Victim, rounds: number): Promise<void> {
  const { service, receiver, client, jobs, recoveriesMs, runMs } = campaign;
  // After all is over: what each server says now.
  const states = new Map<string, number>();
  for (const id of jobs)
    for (let server = 0; server < service.servers.length; server++) {
      const { state } = await client.call(server, `/v1/jobs/${id}`);
      states.set(state, (states.get(state) ?? 0) + 1);
    }
  const deliveries = jobs.map(id => [...receiver.messages.get(id)!.values()].reduce((sum, n) => sum + n, 0));
  const runs = jobs.map(id => service.runs.started.get(id) ?? 0);
  const slowest = Math.max(...recoveriesMs) / 1000;
  console.log(
    `${victim}: ${rounds} rounds, ${jobs.length} jobs of ${(runMs / 1000).toFixed(1)} s, all with the same model; states on ${service.servers.length} server(s) ${show(states)}`,
  );
  console.log(
    `  runs of a job: ${show(tally(runs))}; ended by the sandbox's death and run again: ${failures(campaign)}`,
  );
  console.log(`  ends of a job in the queue's events: ${await ends(campaign)}`);
  console.log(`  webhooks: one message for each job, delivered so often: ${show(tally(deliveries))}`);
  console.log(
    `  from the kill to the end of the round: ${slowest.toFixed(1)} s at most; files in the store's folder of writes under way: ${under(join(service.store, 'tmp'))}`,
  );
}

function failures({ service, jobs }: Campaign): number {
  return jobs.filter(id => service.runs.failed.has(id)).length;
}

/** How often the queue said that a job is over; a run on demand counts as another. */
async function ends({ service, jobs }: Campaign): Promise<string> {
  if (!service.redis) return 'not kept';
  const redis = new Redis(service.redis.url);
  const entries = await redis.xrange('bitpress:bitpress:events', '-', '+');
  redis.disconnect();
  const counts = new Map<string, number>();
  for (const [, fields] of entries) {
    const event = fields[fields.indexOf('event') + 1];
    const job = fields[fields.indexOf('jobId') + 1]!;
    if (event === 'completed') counts.set(job, (counts.get(job) ?? 0) + 1);
  }
  return `completed ${show(tally(jobs.map(id => counts.get(id) ?? 0)))}`;
}

function under(folder: string): number {
  return readdirSync(folder).length;
}

function tally(values: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values.toSorted()) {
    const times = `${value}x`;
    counts.set(times, (counts.get(times) ?? 0) + 1);
  }
  return counts;
}

function show(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name}: ${count}`).join(', ');
}
