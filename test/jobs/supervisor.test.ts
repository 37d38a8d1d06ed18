import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runSandbox, type SandboxOptions } from '../../src/jobs/supervisor.ts';
import type { Progress } from '../../src/pipeline/ports.ts';
import { fakeSandbox, fakeTask } from '../support/fake-sandbox-entry.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-sandbox-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function run(text: string, options: Partial<SandboxOptions> = {}) {
  return runSandbox(fakeTask(directory, text), {
    entry: fakeSandbox,
    directory,
    limits: { timeoutSeconds: 20, memoryMb: 2048 },
    signal: new AbortController().signal,
    ...options,
  });
}

test('a task gives its result and its progress', async () => {
  const progress: Progress[] = [];
  const done = await run('good', { onProgress: step => progress.push(step) });
  expect(done.verdict).toBe('pass');
  expect(progress).toEqual([{ stage: 'calibrating', fraction: 0.5 }]);
});

test('the sandbox sees no environment but its own, and its own directory', async () => {
  process.env.BITPRESS_CANARY = 'secret';
  try {
    await run('good');
    const { env, cwd } = JSON.parse(readFileSync(join(directory, 'out', 'report.json'), 'utf8'));
    expect(env).toEqual(expect.arrayContaining(['HOME', 'LANG', 'TMPDIR']));
    expect(
      env.filter((name: string) => !/^(HOME|LANG|TMPDIR|MALLOC_.*|NODE_CHANNEL_.*)$/.test(name)),
    ).toEqual([]);
    expect(cwd).toBe(directory);
  } finally {
    delete process.env.BITPRESS_CANARY;
  }
});

test('a problem that the sandbox names comes through by code', async () => {
  await expect(run('broken')).rejects.toMatchObject({
    code: 'model_unreadable',
    message: 'the file is broken',
  });
});

test('a run without end is killed: timeout', async () => {
  const limits = { timeoutSeconds: 2, memoryMb: 2048 };
  await expect(run('spin', { limits })).rejects.toMatchObject({ code: 'timeout' });
});

test('a cancelled run is killed although its event loop is blocked', async () => {
  const abort = new AbortController();
  const run_ = run('spin', { signal: abort.signal, onProgress: () => abort.abort() });
  await expect(run_).rejects.toMatchObject({ code: 'cancelled' });
});

test.each([
  ['crash', 'by SIGSEGV'],
  ['exit', 'with code 0'],
])('a sandbox that ends by %s is sandbox_died', async (text, how) => {
  await expect(run(text)).rejects.toMatchObject({
    code: 'sandbox_died',
    message: expect.stringContaining(how),
  });
});

describe.skipIf(!existsSync('/proc/self/statm'))('where the system tells resident memory', () => {
  test('too much memory is out_of_memory', async () => {
    const limits = { timeoutSeconds: 20, memoryMb: 384 };
    await expect(run('hog', { limits })).rejects.toMatchObject({
      code: 'out_of_memory',
      place: { limit: 'memoryMb' },
    });
  });

  test('children of the sandbox end with it', async () => {
    const error = await run('spawn').catch((thrown: Error) => thrown);
    const pid = Number((error as Error).message);
    expect(pid).toBeGreaterThan(0);
    for (let turn = 0; turn < 40 && isRunning(pid); turn++) await sleep(50);
    expect(isRunning(pid)).toBe(false);
  });
});

/** A zombie that its new parent has not reaped yet has ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
