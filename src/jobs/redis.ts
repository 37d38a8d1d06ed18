/** The queue on Redis (or Valkey): the production backend, for any number of servers and workers. */
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type Backend, type Processor, QUEUE_NAME, type WorkerSettings, workerOptions } from './backend.ts';
import { redisLedger } from './ledger.ts';
import { opened } from './opened.ts';

const PREFIX = 'bitpress';
const CONNECT_TIMEOUT_MS = 5_000;
/** Between two attempts to connect: a Redis that is back is found this soon. */
const RECONNECT_MS = 1_000;

export function openRedis(url: string, onError: (error: Error) => void): Backend {
  let closing = false;
  const common = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    // BullMQ cannot close a connection that was never made: it would be tried for ever, and keep the process.
    retryStrategy: () => (closing ? null : RECONNECT_MS),
  };
  /** Workers wait for Redis to come back; a caller with a client behind it does not. */
  const patient = { ...common, url, maxRetriesPerRequest: null };
  const prompt = { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 1 };
  const { keep, close } = opened(onError);
  return {
    name: 'redis',
    queue: <P, R>(name = QUEUE_NAME) =>
      keep(
        new Queue<P, R>(name, {
          prefix: PREFIX,
          connection: { ...prompt, url },
        }),
      ),
    events: () => keep(new QueueEvents(QUEUE_NAME, { prefix: PREFIX, connection: patient })),
    worker: <P, R>(processor: Processor<P, R>, settings: WorkerSettings, name = QUEUE_NAME) =>
      keep(
        new Worker<P, R>(name, processor, {
          prefix: PREFIX,
          connection: patient,
          ...workerOptions(settings),
        }),
      ),
    ledger() {
      const redis = new Redis(url, prompt);
      const connection = Object.assign(redis, { close: async () => redis.disconnect() });
      keep(connection);
      return redisLedger(redis, `${PREFIX}:ledger`);
    },
    close() {
      closing = true;
      return close();
    },
  };
}
