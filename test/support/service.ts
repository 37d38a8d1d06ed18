/** A service of our own for a test: a temporary folder, a free port, the fake sandbox. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type Environment, readConfig } from '../../src/config.ts';
import type { ChildEntry } from '../../src/platform/child-entry.ts';
import { type Server, startServer } from '../../src/server.ts';
import { openService } from '../../src/service.ts';
import { startWorkerProcess } from '../../src/worker.ts';
import { fakeSandbox } from './fake-sandbox-entry.ts';
import { freshQueue } from './fresh-queue.ts';

export interface TestService {
  readonly url: string;
  readonly root: string;
  readonly config: Config;
  close(): Promise<void>;
}

export async function startService(
  env: Environment = {},
  entry: ChildEntry = fakeSandbox,
): Promise<TestService> {
  const root = mkdtempSync(join(tmpdir(), 'bitpress-service-'));
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', BITPRESS_DATA_DIR: root, ...env });
  if (config.redisUrl === undefined) await freshQueue(join(root, 'queue'));
  const server: Server = await startServer(config, await openService(config, entry));
  const worker =
    config.redisUrl === undefined
      ? undefined
      : await startWorkerProcess(config, await openService(config, entry));
  return {
    url: server.url,
    root,
    config,
    async close() {
      await worker?.close();
      await server.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
