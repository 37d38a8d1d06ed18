/** What only object storage can do wrong. What every store must do is in test/conformance/stores.test.ts. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../../src/contracts/store.ts';
import { s3Store } from '../../../src/platform/stores/s3.ts';
import { parseS3Address } from '../../../src/platform/stores/s3-address.ts';
import { startS3, type TestS3 } from '../../support/s3-server.ts';

// FIPS 180-2, appendix B.1
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let root: string;
let s3: TestS3;
let store: Store;
beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  root = mkdtempSync(join(tmpdir(), 'bitpress-s3-'));
  s3 = await startS3('bucket');
  const address = { bucket: 'bucket', prefix: '', region: 'us-east-1', endpoint: s3.endpoint };
  store = s3Store(address, join(root, 'spool'));
});
afterAll(async () => {
  await s3.stop();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  s3.fault = undefined;
  s3.objects.clear();
  s3.uploads.clear();
});

function large(): Readable {
  const chunk = Buffer.alloc(1024 ** 2);
  return Readable.from(Array(40).fill(chunk));
}

test.each([
  [503, 'SlowDown', 'storage_unavailable'],
  [507, 'XMinioStorageFull', 'storage_full'],
  [403, 'QuotaExceeded', 'storage_full'],
])('a write answered %i %s is %s and leaves nothing', async (status, code, problem) => {
  s3.fault = { method: 'PUT', status, code };
  await expect(store.put(Readable.from(['abc']))).rejects.toMatchObject({ code: problem });
  await expect(store.put(large())).rejects.toMatchObject({ code: problem });
  await expect(store.putDocument('models', ABC, {})).rejects.toMatchObject({ code: problem });
  s3.fault = undefined;
  expect(s3.objects.size).toBe(0);
  expect(s3.uploads.size).toBe(0);
  expect(readdirSync(join(root, 'spool'))).toEqual([]);
});

test('a refusal is no outage: its own error reaches the log', async () => {
  s3.fault = { method: 'HEAD', status: 403, code: 'AccessDenied' };
  await expect(store.check()).rejects.not.toHaveProperty('code', 'storage_unavailable');
});

test('storage that is not there is storage_unavailable', async () => {
  const address = { bucket: 'bucket', prefix: '', region: 'us-east-1', endpoint: 'http://127.0.0.1:1' };
  await expect(s3Store(address, join(root, 'spool')).check()).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
});

test('bytes that are not those of their name reach no sandbox', async () => {
  await store.put(Readable.from(['abc']));
  s3.objects.set(`blobs/${ABC}`, { body: Buffer.from('abd'), modified: new Date() });
  await expect(store.copyTo(ABC, join(root, 'copy'))).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(readdirSync(root)).toEqual(['spool']);
});

test('an object that is shorter than its content is written again', async () => {
  s3.objects.set(`blobs/${ABC}`, { body: Buffer.from('a'), modified: new Date() });
  await store.put(Readable.from(['abc']));
  expect(await store.stat(ABC)).toEqual({ sha256: ABC, bytes: 3 });
});

test('uploads that nobody completed are swept when they are old', async () => {
  const parts = new Map();
  s3.uploads.set('old', { key: `blobs/${ABC}`, initiated: new Date(1000), parts });
  s3.uploads.set('new', { key: `blobs/${ABC}`, initiated: new Date(), parts });
  s3.uploads.set('foreign', { key: 'elsewhere', initiated: new Date(1000), parts });
  expect(await store.sweepPartial(Date.now() - 60_000)).toBe(1);
  expect([...s3.uploads.keys()]).toEqual(['new', 'foreign']);
});

test.each([
  ['s3://models', { bucket: 'models', prefix: '', region: 'us-east-1', endpoint: undefined }],
  [
    's3://models/team/a/?region=eu-west-1&endpoint=http://minio:9000',
    { bucket: 'models', prefix: 'team/a/', region: 'eu-west-1', endpoint: 'http://minio:9000' },
  ],
])('%s is an address', (text, address) => {
  expect(parseS3Address(text)).toEqual(address);
});

test.each([
  'models',
  'https://models',
  's3://key:secret@models',
  's3://models?secret=x',
  's3://models?endpoint=minio:9000',
  's3://UPPER_case',
])('%s is none', text => {
  expect(parseS3Address(text)).toBeUndefined();
});
