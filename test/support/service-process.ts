/** Entry of a server or a worker as a process that a test may kill: `server` or `worker`, configured by the environment. */
import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { startServer } from '../../src/server.ts';
import { openService, untilSignal } from '../../src/service.ts';
import { fakeSandbox } from './fake-sandbox-entry.ts';

/** A killed worker is noticed this soon, so that a test need not wait for it. */
const LOCK_MS = 1_000;

const config = readConfig();
const service = await openService(config, fakeSandbox);
if (process.argv[2] === 'worker') {
  const worker = startWorker({ ...service, concurrency: config.concurrency, lockMs: LOCK_MS });
  console.log('ready');
  await untilSignal({ log: service.log, close: () => worker.close(0).then(() => service.backend.close()) });
} else {
  const server = await startServer(config, service);
  console.log('ready');
  await untilSignal(server);
}
process.exit(0);
