/** What the server and the worker build alike from the configuration: store, queue, limits, log. */
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';
import type { Meters } from './contracts/meters.ts';
import type { PartialUploads } from './contracts/partial-uploads.ts';
import type { Store } from './contracts/store.ts';
import type { Backend } from './jobs/backend.ts';
import { openEmbedded } from './jobs/embedded.ts';
import { openRedis } from './jobs/redis.ts';
import type { SandboxLimits } from './jobs/supervisor.ts';
import type { RunningWorker } from './jobs/worker.ts';
import { startWorker } from './jobs/worker.ts';
import { type ChildEntry, childEntry } from './platform/child-entry.ts';
import { prometheusMeters } from './platform/prometheus.ts';
import { fileStore } from './platform/stores/fs.ts';
import { partialUploads } from './platform/stores/partial-uploads.ts';
import { withoutNetwork } from './platform/without-network.ts';

/** Running jobs get this long to end when the service stops. */
export const GRACE_MS = 10_000;

export interface Service {
  readonly backend: Backend;
  readonly store: Store;
  readonly partial: PartialUploads;
  readonly log: Logger;
  readonly meters: Meters;
  readonly scratch: string;
  readonly limits: SandboxLimits;
  readonly entry: ChildEntry;
}

/** @param entry of the sandbox; another one in tests */
export async function openService(
  config: Config,
  entry: ChildEntry = childEntry('sandbox'),
): Promise<Service> {
  const log = pino({ level: config.logLevel });
  const isolated = await withoutNetwork(entry);
  if (!isolated)
    log.warn(
      'sandboxes have the network of this process: the host allows no namespace of their own (unshare)',
    );
  const onError = (error: Error): void => log.warn({ error: error.message }, 'the queue has trouble');
  return {
    log,
    meters: prometheusMeters(),
    entry: isolated ?? entry,
    store: await openStore(config),
    partial: partialUploads(join(config.dataDir, 'partial')),
    scratch: join(config.dataDir, 'scratch'),
    limits: { timeoutSeconds: config.jobTimeoutSeconds, memoryMb: config.jobMemoryMb },
    backend:
      config.redisUrl === undefined
        ? await openEmbedded(join(config.dataDir, 'queue'), onError)
        : openRedis(config.redisUrl, onError),
  };
}

/** What `start` gives. Where it fails the queue's connections, which would keep the process alive, are closed. */
export async function startOn<R>(service: Service, start: (service: Service) => Promise<R>): Promise<R> {
  try {
    return await start(service);
  } catch (error) {
    await service.backend.close();
    throw error;
  }
}

/** The SDK is loaded by those who need it. */
async function openStore({ store, dataDir }: Config): Promise<Store> {
  if (!store) return fileStore(join(dataDir, 'store'));
  const { s3Store } = await import('./platform/stores/s3.ts');
  return s3Store(store, join(dataDir, 'spool'));
}

export function work(service: Service, config: Config): RunningWorker {
  const { log } = service;
  return startWorker({
    ...service,
    concurrency: config.concurrency,
    log: {
      info: (details, message) => log.info(details, message),
      warn: (details, message) => log.warn(details, message),
      error: (details, message) => log.error(details, message),
    },
  });
}

const STOPS = ['SIGTERM', 'SIGINT'] as const;

export interface Running {
  readonly log: Logger;
  close(): Promise<void>;
}

/** Runs until SIGTERM or SIGINT, then drains; a second signal ends at once. */
export async function untilSignal(running: Running): Promise<void> {
  const { log } = running;
  const signal = await new Promise<NodeJS.Signals>(resolve => {
    for (const name of STOPS) process.once(name, resolve);
  });
  log.info({ signal, graceMs: GRACE_MS }, 'stopping');
  for (const name of STOPS)
    process.once(name, () => {
      log.warn({ signal: name }, 'stopping at once; jobs that ran are found by their locks');
      process.exit(1);
    });
  await running.close();
  log.info('stopped');
}
