/** What only a folder can leave behind. What every store must do is in test/conformance/stores.test.ts. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '../../../src/contracts/store.ts';
import { fileStore } from '../../../src/platform/stores/fs.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-store-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

// FIPS 180-2, appendix B.1
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

const leftovers = (): string[] => readdirSync(join(root, 'tmp'));
async function all(entries: AsyncIterable<Entry>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of entries) ids.push(id);
  return ids.sort();
}

test('content is known by its SHA-256 and comes back whole or in part', async () => {
  const store = fileStore(root);
  expect(await store.put(Readable.from([Buffer.from('a'), Buffer.from('bc')]))).toEqual({
    sha256: ABC,
    bytes: 3,
  });
  expect(await store.stat(ABC)).toEqual({ sha256: ABC, bytes: 3 });
  expect((await buffer(await store.read(ABC))).toString()).toBe('abc');
  expect((await buffer(await store.read(ABC, { start: 1, end: 1 }))).toString()).toBe('b');
  expect(await all(store.blobs())).toEqual([ABC]);
  expect(leftovers()).toEqual([]);
});

test.each([
  ['payload_too_large', () => Readable.from(['abcd']), { maxBytes: 3 }],
  ['digest_mismatch', () => Readable.from(['abd']), { sha256: ABC }],
])('%s leaves nothing', async (code, content, options) => {
  const store = fileStore(root);
  await expect(store.put(content(), options)).rejects.toMatchObject({ code });
  expect(await all(store.blobs())).toEqual([]);
  expect(leftovers()).toEqual([]);
});

test('an upload that breaks off leaves nothing', async () => {
  const store = fileStore(root);
  const content = new Readable({ read() {} });
  content.push('ab');
  setTimeout(() => content.destroy(new Error('gone away')), 20);
  await expect(store.put(content)).rejects.toThrow('gone away');
  expect(leftovers()).toEqual([]);
});

test('an aborted signal stops the write', async () => {
  const store = fileStore(root);
  const content = new Readable({ read() {} });
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 20);
  await expect(store.put(content, { signal: abort.signal })).rejects.toThrow();
  expect(content.destroyed).toBe(true);
  expect(leftovers()).toEqual([]);
});

test('a full disk is storage_full', async () => {
  const store = fileStore(root);
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const content = Readable.from(
    (async function* () {
      yield 'ab';
      throw full;
    })(),
  );
  await expect(store.put(content)).rejects.toMatchObject({ code: 'storage_full' });
  expect(leftovers()).toEqual([]);
});

test('what a killed write left is swept when it is old', async () => {
  const store = fileStore(root);
  await store.check();
  for (const name of ['old', 'new']) writeFileSync(join(root, 'tmp', name), 'x');
  utimesSync(join(root, 'tmp', 'old'), 1, 1);
  expect(await store.sweepPartial(Date.now() - 60_000)).toBe(1);
  expect(leftovers()).toEqual(['new']);
});

test('content that is too large at once leaves nothing, however the writes interleave', async () => {
  const store = fileStore(root);
  for (let round = 0; round < 20; round++) {
    const puts = Array.from({ length: 64 }, () => store.put(Readable.from(['abcd']), { maxBytes: 3 }));
    const ends = await Promise.allSettled(puts);
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
  }
  await sleep(100);
  expect(leftovers()).toEqual([]);
});
