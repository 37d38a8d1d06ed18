/** Entry of a worker on a machine of its own: takes jobs from the queue at REDIS_URL. */
import { type Config, readConfig } from './config.ts';
import { serveMetrics } from './metrics-server.ts';
import {
  GRACE_MS,
  openService,
  type Running,
  type Service,
  startOn,
  work as startWork,
  untilSignal,
} from './service.ts';

export interface WorkerProcess extends Running {
  /** Undefined where none is served. */
  readonly metricsUrl: string | undefined;
}

/** @throws Error naming the variable that is wrong, or why the port cannot be had; nothing is left open then */
export async function startWorkerProcess(config: Config, opened?: Service): Promise<WorkerProcess> {
  if (config.redisUrl === undefined)
    throw new Error('REDIS_URL is not set: the embedded queue has its worker inside "bitpress serve"');
  return startOn(opened ?? (await openService(config)), service => workOn(service, config));
}

async function workOn(service: Service, config: Config): Promise<WorkerProcess> {
  await service.store.check();
  const metrics =
    config.metricsPort === undefined
      ? undefined
      : await serveMetrics(service.meters, config.host, config.metricsPort);
  const worker = startWork(service, config);
  service.log.info({ concurrency: config.concurrency }, 'worker started');
  return {
    log: service.log,
    metricsUrl: metrics?.url,
    async close() {
      await worker.close(GRACE_MS);
      await service.backend.close();
      metrics?.close();
    },
  };
}

/** The command: runs until a signal, then drains. */
export async function work(config: Config = readConfig()): Promise<void> {
  await untilSignal(await startWorkerProcess(config));
}
