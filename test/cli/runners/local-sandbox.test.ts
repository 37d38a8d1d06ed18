/** A task from the command line runs as one of the service: the allocator's environment, and no network. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { localSandbox } from '../../../src/cli/runners/local-sandbox.ts';
import { withoutNetwork } from '../../../src/platform/without-network.ts';
import { fakeSandbox, fakeTask } from '../../support/fake-sandbox-entry.ts';

const isolates = (await withoutNetwork(fakeSandbox)) !== undefined;
const run = localSandbox(fakeSandbox);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-local-sandbox-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const task = (text: string) =>
  run(fakeTask(directory, text), {
    directory,
    limits: { timeoutSeconds: 20, memoryMb: 2048 },
    signal: new AbortController().signal,
  });

it("has the allocator's environment", async () => {
  await task('good');
  const { env } = JSON.parse(readFileSync(join(directory, 'out', 'report.json'), 'utf8'));
  expect(env).toEqual(expect.arrayContaining(['MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_']));
});

it.skipIf(!isolates)('has no network (needs unshare and a host that allows user namespaces)', async () => {
  const listener = createServer(socket => socket.destroy());
  await new Promise<void>(resolve => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  try {
    const address = listener.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(task(`dial ${port}`)).rejects.toMatchObject({ message: 'ENETUNREACH' });
  } finally {
    listener.close();
  }
});
