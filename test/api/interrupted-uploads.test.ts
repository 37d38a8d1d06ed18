/** Uploads that do not come to their end, on a disk of two megabytes where the system lets us have one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

const DISK_BYTES = 2_000_000;
let root: string;
let service: TestService;
let small: readonly string[];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-disk-'));
  small = ['store', 'partial'].map(name => join(root, name)).filter(isSmallDisk);
  service = await startService({ BITPRESS_DATA_DIR: root });
});
afterAll(async () => {
  await service?.close();
  for (const path of small) spawnSync('umount', [path]);
  rmSync(root, { recursive: true, force: true });
});

function isSmallDisk(path: string): boolean {
  mkdirSync(path);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', path]).status === 0;
}
/** Not root, or in a container without the right to mount: then the stores' own suite is all that tests a full disk. */
const canMount = (() => {
  const path = mkdtempSync(join(tmpdir(), 'bitpress-mount-'));
  const can = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4096', 'tmpfs', path]).status === 0;
  if (can) spawnSync('umount', [path]);
  rmSync(path, { recursive: true, force: true });
  return can;
})();

const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => entry.name);
const untilNone = async (folder: string): Promise<void> => {
  for (let turn = 0; turn < 100 && files(folder).length > 0; turn++) await sleep(20);
  expect(files(folder)).toEqual([]);
};
const api = () => request(service.url);
const large = Buffer.alloc(2 * DISK_BYTES, 'x');

/** Sends half of a body, and goes away. */
async function breakOff(contentType: string, body: Buffer): Promise<void> {
  const sent = send(`${service.url}/v1/models`, {
    method: 'POST',
    headers: { 'content-type': contentType, 'content-length': 2 * body.length },
  });
  sent.on('error', () => {});
  sent.write(body);
  for (let turn = 0; turn < 100 && files('store/tmp').length === 0; turn++) await sleep(20);
  expect(files('store/tmp')).toHaveLength(1);
  sent.destroy();
}

describe('a client that goes away leaves nothing', () => {
  test('raw', async () => {
    await breakOff('application/octet-stream', large.subarray(0, DISK_BYTES / 4));
    await untilNone('store');
  });

  test('multipart', async () => {
    const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="m.onnx"\r\n\r\n';
    const body = Buffer.concat([Buffer.from(head), large.subarray(0, DISK_BYTES / 4)]);
    await breakOff('multipart/form-data; boundary=b', body);
    await untilNone('store');
  });
});

describe.skipIf(!canMount)('a full disk is a named 507 and leaves nothing (needs the right to mount)', () => {
  test('raw', async () => {
    const answer = await api()
      .post('/v1/models')
      .set('content-type', 'application/octet-stream')
      .send(large)
      .expect(507);
    expect(answer.body).toMatchObject({ code: 'storage_full', status: 507 });
    await untilNone('store');
  });

  test('multipart', async () => {
    const answer = await api().post('/v1/models').attach('file', large, 'm.onnx').expect(507);
    expect(answer.body.code).toBe('storage_full');
    await untilNone('store');
  });

  test('tus keeps what came until it is given up', async () => {
    const version = { 'tus-resumable': '1.0.0' };
    const created = await api()
      .post('/v1/uploads')
      .set({ ...version, 'upload-length': String(large.length) })
      .expect(201);
    const answer = await api()
      .patch(created.headers.location!)
      .set({ ...version, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' })
      .send(large)
      .expect(507);
    expect(answer.body.code).toBe('storage_full');
    await api().delete(created.headers.location!).set(version).expect(204);
    await untilNone('partial');
  });

  test('and with room again all is well', async () => {
    await api().post('/v1/models').attach('file', Buffer.from('good'), 'm.onnx').expect(201);
  });
});
