/** What any store must do: one suite for all of them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Entry, Store } from '../../src/contracts/store.ts';
import { fileStore } from '../../src/platform/stores/fs.ts';
import { s3Store } from '../../src/platform/stores/s3.ts';
import { startMoto } from '../support/moto.ts';
import { startS3 } from '../support/s3-server.ts';

// FIPS 180-2, appendix B.1
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const NOTHING = createHash('sha256').digest('hex');
const BUCKET = 'bitpress-test';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
/** Two parts and a bit of a multipart upload. */
const LARGE_BYTES = 70 * 1024 ** 2;

interface Opened {
  readonly store: Store;
  close(): Promise<void>;
}

const KINDS: Record<string, (root: string) => Promise<Opened | undefined>> = {
  'a folder': async root => ({ store: fileStore(join(root, 'store')), close: async () => {} }),
  'object storage': async root => {
    const s3 = await startS3(BUCKET);
    return { store: s3Store(address(s3.endpoint), join(root, 'spool')), close: s3.stop };
  },
  'moto, an independent implementation of S3 (needs moto_server on the PATH)': async root => {
    const moto = await startMoto(BUCKET);
    return moto && { store: s3Store(address(moto.endpoint), join(root, 'spool')), close: moto.stop };
  },
};

const address = (endpoint: string) => ({
  bucket: BUCKET,
  prefix: 'some/where/',
  region: 'us-east-1',
  endpoint,
});

async function all(entries: AsyncIterable<Entry>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of entries) ids.push(id);
  return ids.sort();
}

async function usedAt(entries: AsyncIterable<Entry>, wanted: string): Promise<number> {
  for await (const { id, usedAt } of entries) if (id === wanted) return usedAt;
  return Number.NaN;
}

describe.each(Object.keys(KINDS))('%s', kind => {
  let root: string;
  let opened: Opened | undefined;
  let store: Store;
  beforeAll(async () => {
    Object.assign(process.env, CREDENTIALS);
    root = mkdtempSync(join(tmpdir(), 'bitpress-stores-'));
    opened = await KINDS[kind]!(root);
    if (opened) store = opened.store;
  });
  afterAll(async () => {
    await opened?.close();
    rmSync(root, { recursive: true, force: true });
  });
  /** A store that is not installed here skips its tests. */
  const it = (name: string, body: () => Promise<void>): void =>
    test(name, async ({ skip }) => {
      if (!opened) skip('moto_server is not on the PATH');
      await body();
    });

  it('content is known by its SHA-256 and comes back whole or in part', async () => {
    await store.check();
    const blob = { sha256: ABC, bytes: 3 };
    expect(await store.put(Readable.from([Buffer.from('a'), Buffer.from('bc')]))).toEqual(blob);
    expect(await store.stat(ABC)).toEqual(blob);
    expect((await buffer(await store.read(ABC))).toString()).toBe('abc');
    expect((await buffer(await store.read(ABC, { start: 1, end: 1 }))).toString()).toBe('b');
    expect((await buffer(await store.read(ABC, { start: 1, end: 2 }))).toString()).toBe('bc');
  });

  it('the same content twice is one blob, used anew; empty content is content', async () => {
    const before = await usedAt(store.blobs(), ABC);
    await new Promise(resolve => setTimeout(resolve, 1_100));
    await store.put(Readable.from(['abc']));
    expect(await usedAt(store.blobs(), ABC)).toBeGreaterThan(before);
    expect((await store.put(Readable.from([]))).sha256).toBe(NOTHING);
    expect(await store.stat(NOTHING)).toEqual({ sha256: NOTHING, bytes: 0 });
    expect((await buffer(await store.read(NOTHING))).length).toBe(0);
    expect(await all(store.blobs())).toEqual([ABC, NOTHING]);
  });

  it('what is too large, or not what was announced, leaves nothing', async () => {
    await expect(store.put(Readable.from(['abcd']), { maxBytes: 3 })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    await expect(store.put(Readable.from(['abd']), { sha256: ABC })).rejects.toMatchObject({
      code: 'digest_mismatch',
    });
    expect(await all(store.blobs())).toEqual([ABC, NOTHING]);
  });

  it('an upload that breaks off or is aborted leaves nothing', async () => {
    const broken = new Readable({ read() {} });
    broken.push('ab');
    setTimeout(() => broken.destroy(new Error('gone away')), 20);
    await expect(store.put(broken)).rejects.toThrow('gone away');

    const endless = new Readable({ read() {} });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    await expect(store.put(endless, { signal: abort.signal })).rejects.toThrow();
    expect(endless.destroyed).toBe(true);
    expect(await all(store.blobs())).toEqual([ABC, NOTHING]);
    expect(
      readdirSync(root).flatMap(folder => (folder === 'spool' ? readdirSync(join(root, folder)) : [])),
    ).toEqual([]);
  });

  it('a full disk is storage_full', async () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    const content = Readable.from(
      (async function* () {
        yield 'ab';
        throw full;
      })(),
    );
    await expect(store.put(content)).rejects.toMatchObject({ code: 'storage_full' });
  });

  it('a copy is a file of its own', async () => {
    const path = join(root, 'copy');
    await store.copyTo(ABC, path);
    expect(await readFile(path, 'utf8')).toBe('abc');
    expect(statSync(path).nlink).toBe(1);
  });

  it('a large file goes in and out in pieces', async () => {
    const chunk = randomBytes(1024 ** 2);
    const content = Readable.from(
      (function* () {
        for (let sent = 0; sent < LARGE_BYTES; sent += chunk.length) yield chunk;
      })(),
    );
    const { sha256, bytes } = await store.put(content);
    expect(bytes).toBe(LARGE_BYTES);
    const hash = createHash('sha256');
    for await (const part of await store.read(sha256)) hash.update(part as Buffer);
    expect(hash.digest('hex')).toBe(sha256);
    await store.deleteBlob(sha256);
  });

  it('what is not there is gone, and an id that is no hash reaches no path', async () => {
    const absent = '0'.repeat(64);
    expect(await store.stat(absent)).toBeUndefined();
    await expect(store.read(absent)).rejects.toMatchObject({ code: 'gone' });
    await expect(store.copyTo(absent, join(root, 'x'))).rejects.toMatchObject({ code: 'gone' });
    await expect(store.read('../../etc/passwd')).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.getDocument('models', '../x')).rejects.toMatchObject({ code: 'not_found' });
    await store.deleteBlob(absent);
    await store.touchDocument('models', absent);
    expect(await store.getDocument('models', absent)).toBeUndefined();
  });

  it('deleted content is gone', async () => {
    await store.deleteBlob(NOTHING);
    expect(await store.stat(NOTHING)).toBeUndefined();
    expect(await all(store.blobs())).toEqual([ABC]);
  });

  it('documents are kept by kind and id, and live on when they are touched', async () => {
    expect(await store.getDocument('models', ABC)).toBeUndefined();
    await store.putDocument('models', ABC, { a: 1 });
    await store.putDocument('models', ABC, { a: 'ü"\n' });
    await store.putDocument('datasets', ABC, { b: 1 });
    expect(await store.getDocument('models', ABC)).toEqual({ a: 'ü"\n' });
    const before = await usedAt(store.documents('models'), ABC);
    await new Promise(resolve => setTimeout(resolve, 1_100));
    await store.touchDocument('models', ABC);
    expect(await usedAt(store.documents('models'), ABC)).toBeGreaterThan(before);
    expect(await store.getDocument('models', ABC)).toEqual({ a: 'ü"\n' });
    expect(await store.deleteDocument('models', ABC)).toBe(true);
    expect(await store.deleteDocument('models', ABC)).toBe(false);
    expect(await all(store.documents('models'))).toEqual([]);
    expect(await all(store.documents('datasets'))).toEqual([ABC]);
  });

  it('lists have no end at a page', async () => {
    const ids = [...Array(8).keys()].map(index => createHash('sha256').update(String(index)).digest('hex'));
    for (const id of ids) await store.putDocument('results', id, {});
    expect(await all(store.documents('results'))).toEqual([...ids].sort());
  });

  it('documents of owners are listed apart', async () => {
    const [mine, theirs] = [`${'1'.repeat(16)}.${ABC}`, `${'2'.repeat(16)}.${ABC}`];
    for (const id of [ABC, mine, theirs]) await store.putDocument('models', id, { id });
    expect(await store.getDocument('models', mine)).toEqual({ id: mine });
    expect(await all(store.documents('models', `${'1'.repeat(16)}.`))).toEqual([mine]);
    expect(await all(store.documents('models'))).toEqual([mine, theirs, ABC].sort());
  });

  it('nothing young is swept', async () => {
    expect(await store.sweepPartial(Date.now() - 60_000)).toBe(0);
  });
});
