/** What a sandbox without a network cannot do, and that its supervisor can do all it could. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runSandbox } from '../../src/jobs/supervisor.ts';
import type { ChildEntry } from '../../src/platform/child-entry.ts';
import { withoutNetwork } from '../../src/platform/without-network.ts';
import { fakeSandbox, fakeTask } from '../support/fake-sandbox-entry.ts';

const isolated = await withoutNetwork(fakeSandbox);

describe.skipIf(!isolated)('(needs unshare and a host that allows user namespaces)', () => {
  let directory: string;
  let listener: Server;
  let reached = 0;
  let port: number;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bitpress-network-'));
    reached = 0;
    listener = createServer(socket => {
      reached++;
      socket.destroy();
    });
    await new Promise<void>(resolve => {
      listener.listen(0, '127.0.0.1', resolve);
    });
    const address = listener.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterEach(() => {
    listener.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function run(entry: ChildEntry, text: string, limits = { timeoutSeconds: 20, memoryMb: 2048 }) {
    const signal = new AbortController().signal;
    return runSandbox(fakeTask(directory, text), { entry, directory, limits, signal });
  }

  test('a port of this machine is reached with a network and not without', async () => {
    await expect(run(fakeSandbox, `dial ${port}`)).rejects.toMatchObject({ message: 'connected' });
    expect(reached).toBe(1);
    await expect(run(isolated!, `dial ${port}`)).rejects.toMatchObject({ message: 'ENETUNREACH' });
    expect(reached).toBe(1);
  });

  test('it answers, is killed and is watched as before', async () => {
    expect((await run(isolated!, 'good')).verdict).toBe('pass');
    const short = { timeoutSeconds: 2, memoryMb: 2048 };
    await expect(run(isolated!, 'spin', short)).rejects.toMatchObject({ code: 'timeout' });
    await expect(run(isolated!, 'crash')).rejects.toMatchObject({ code: 'sandbox_died' });
    const small = { timeoutSeconds: 20, memoryMb: 300 };
    await expect(run(isolated!, 'hog', small)).rejects.toMatchObject({ code: 'out_of_memory' });
  });
});
