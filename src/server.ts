/**
 * Entry of the server: joins the HTTP application with the queue and the store; with the embedded queue it also runs the
 * worker.
 *
 * Invariant: without keys it listens on loopback only, unless the operator says that open is meant.
 */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { buildApp } from './api/app.ts';
import type { ApiKey } from './api/deps.ts';
import { byteQuota } from './api/quota.ts';
import { PARTIAL_LIFETIME_MS } from './api/tus-datastore.ts';
import { type Config, readConfig } from './config.ts';
import { inspector } from './jobs/inspect.ts';
import { within } from './jobs/opened.ts';
import { type AllJobs, jobs } from './jobs/queue.ts';
import { sweep, sweepScratch } from './jobs/retention.ts';
import { webhooks } from './jobs/webhooks/deliveries.ts';
import { GRACE_MS, openService, type Running, type Service, startOn, untilSignal, work } from './service.ts';
import { readWebhookSecrets } from './webhook-secrets.ts';

const SWEEP_PERIOD_MS = 3_600_000;
const HOUR_SECONDS = 3600;
/** For requests that are under way when all else has stopped; an upload that is cut off here leaves nothing behind. */
const REQUESTS_MS = 5_000;

export interface Server extends Running {
  readonly url: string;
}

/** @throws Error naming the variable that is wrong, or why the port cannot be had; nothing is left open then */
export async function startServer(config: Config, opened?: Service): Promise<Server> {
  const keys = config.apiKeysFile === undefined ? [] : readKeys(config.apiKeysFile);
  if (keys.length === 0 && !isLoopback(config.host) && !config.allowOpen)
    throw new Error(
      `HOST is ${config.host} and BITPRESS_API_KEYS_FILE is not set: anybody could use this service. Set keys, or BITPRESS_ALLOW_OPEN=1`,
    );
  const secrets = webhookSecrets(config);
  return startOn(opened ?? (await openService(config)), service => serveOn(service, config, keys, secrets));
}

async function serveOn(
  service: Service,
  config: Config,
  keys: readonly ApiKey[],
  secrets: readonly string[],
): Promise<Server> {
  const { backend, store, partial, entry, scratch, limits, log, meters } = service;
  await store.check();
  // The embedded queue has one owner, so at its start every private folder is a dead sandbox's.
  if (backend.name === 'embedded') await sweepScratch(scratch, Date.now());
  const retentionSeconds = config.retentionHours * HOUR_SECONDS;
  const queue = jobs(backend, {
    maxQueued: config.maxQueued,
    maxPerOwner: config.jobsPerKey,
    retentionSeconds,
  });
  const drain = new AbortController();
  // One listener for each client that waits.
  setMaxListeners(0, drain.signal);
  const app = await buildApp({
    draining: drain.signal,
    store,
    partial,
    keys,
    jobs: queue,
    ...(config.webhookHosts.length > 0 && {
      webhooks: webhooks({
        backend,
        jobs: queue,
        meters,
        targets: { allowed: config.webhookHosts, allowPrivate: config.webhookPrivate },
        secrets,
        retentionSeconds,
      }),
    }),
    inspector: inspector({
      store,
      entry,
      scratch,
      limits,
      meters,
      onTrace: trace => log.warn({ trace }, 'sandbox wrote'),
    }),
    meters,
    ledger: backend.ledger(),
    jobLimits: limits,
    maxUploadBytes: config.maxUploadBytes,
    requestsPerMinute: config.requestsPerMinute,
    quota: byteQuota(config.bytesPerKey),
    logLevel: config.logLevel,
  });
  // Before any work begins: a port that is taken ends the start.
  const url = await app.listen({ host: config.host, port: config.port });
  const worker = backend.name === 'embedded' ? work(service, config) : undefined;
  const sweeping = setInterval(() => void tidy(service, queue, config), SWEEP_PERIOD_MS);
  void tidy(service, queue, config);
  return {
    url,
    log,
    async close() {
      clearInterval(sweeping);
      // Those that wait are answered now, and what is new is refused; whoever polls sees the last jobs end.
      drain.abort();
      await worker?.close(GRACE_MS);
      await within(REQUESTS_MS, app.close());
      app.server.closeAllConnections();
      await backend.close();
    },
  };
}

/** The command: runs until a signal, then drains. */
export async function serve(config: Config = readConfig()): Promise<void> {
  await untilSignal(await startServer(config));
}

async function tidy(
  { store, partial, scratch, log }: Service,
  queue: AllJobs,
  config: Config,
): Promise<void> {
  try {
    const now = Date.now();
    const swept = await sweep(store, config.retentionHours, now);
    const uploads = await partial.sweep(now - PARTIAL_LIFETIME_MS);
    await sweepScratch(scratch, now - 2 * config.jobTimeoutSeconds * 1000 - SWEEP_PERIOD_MS);
    const jobs = await queue.sweep();
    log.info({ ...swept, uploads, jobs }, 'swept');
  } catch (error) {
    log.error({ err: error }, 'the sweep failed');
  }
}

/** Nobody could tell an unsigned webhook from a forged one. */
function webhookSecrets({ webhookHosts, webhookSecretFile }: Config): readonly string[] {
  if (webhookHosts.length === 0) return [];
  if (webhookSecretFile === undefined)
    throw new Error('BITPRESS_WEBHOOK_HOSTS is set and BITPRESS_WEBHOOK_SECRET_FILE is not');
  return readWebhookSecrets(webhookSecretFile);
}

/** One key a line: its SHA-256, then a name. Lines of "#" are comments. */
function readKeys(path: string): ApiKey[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
  return lines.map((line, index) => {
    const [, sha256, name] = /^([0-9a-f]{64})\s+(\S.*)$/.exec(line) ?? [];
    if (sha256 === undefined || name === undefined)
      throw new Error(`BITPRESS_API_KEYS_FILE: key ${index + 1} is not "<sha256> <name>"`);
    return { sha256, name };
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
