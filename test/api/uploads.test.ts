/** Resumable uploads, spoken to by tus' own client. */

import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { Upload, type UploadOptions } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ BITPRESS_MAX_UPLOAD_BYTES: '3000000' });
});
afterAll(() => service?.close());
const api = () => request(service.url);
const partial = (): string[] => readdirSync(join(service.root, 'partial'));

function send(content: Buffer | Readable, options: Partial<UploadOptions>): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const upload: Upload = new Upload(content, {
      endpoint: `${service.url}/v1/uploads`,
      retryDelays: [0, 50],
      ...options,
      onError: reject,
      onSuccess: () => resolve(upload),
    });
    upload.start();
  });
}
const idOf = (upload: Upload): string => upload.url!.split('/').at(-1)!;

test('an upload in pieces becomes a model, and is gone from its place', async () => {
  const content = Buffer.concat([Buffer.from('good '), randomBytes(1_000_000)]);
  const first = await send(content, { chunkSize: 300_000, metadata: { filename: 'net.onnx' } });
  const data = await send(Buffer.from('good weights'), { metadata: { filename: 'w.bin' } });
  const uploads = [idOf(first), idOf(data)];
  const model = await api().post('/v1/models').send({ uploads }).expect(201);
  expect(model.body.files.map(({ name, bytes }: { name: string; bytes: number }) => [name, bytes])).toEqual([
    ['net.onnx', content.length],
    ['w.bin', 12],
  ]);
  const back = await api().get(`/v1/models/${model.body.id}/content`).buffer(true).expect(200);
  expect(Buffer.compare(back.body, content)).toBe(0);
  expect(partial()).toEqual([]);
  await api().post('/v1/models').send({ uploads }).expect(404);
});

test('a dataset too', async () => {
  const upload = await send(Buffer.from('samples'), { metadata: { filename: 'calib.npz' } });
  const dataset = await api()
    .post('/v1/datasets')
    .send({ uploads: [idOf(upload)] })
    .expect(201);
  expect(dataset.body.file.name).toBe('calib.npz');
});

test('an upload that broke off goes on where it was', async () => {
  const content = Buffer.concat([Buffer.from('good '), randomBytes(500_000)]);
  const created = await api()
    .post('/v1/uploads')
    .set({ 'tus-resumable': '1.0.0', 'upload-length': String(content.length) })
    .expect(201);
  const path: string = created.headers.location!;
  const patch = (offset: number, body: Buffer) =>
    api()
      .patch(path)
      .set({
        'tus-resumable': '1.0.0',
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      })
      .send(body);
  await patch(0, content.subarray(0, 100_000)).expect(204);
  // A connection that ends in the middle keeps what came.
  const { port } = new URL(service.url);
  const stored = (): number => statSync(join(service.root, 'partial', path.split('/').at(-1)!)).size;
  const line = sendPart(Number(port), path, 100_000, content.length, content.subarray(100_000, 200_000));
  while (stored() < 200_000) await sleep(5);
  line.destroy();
  const head = await api().head(path).set('tus-resumable', '1.0.0').expect(200);
  expect(head.headers['upload-offset']).toBe('200000');
  const early = await api()
    .post('/v1/models')
    .send({ uploads: [path.split('/').at(-1)] })
    .expect(409);
  expect(early.body.code).toBe('conflict');
  const wrong = await patch(5, content.subarray(5)).expect(409);
  expect(wrong.headers['content-type']).toBe('application/problem+json');
  const resumed = await send(content, { uploadUrl: `${service.url}${path}` });
  const model = await api()
    .post('/v1/models')
    .send({ uploads: [idOf(resumed)] })
    .expect(201);
  const back = await api().get(`/v1/models/${model.body.id}/content`).buffer(true).expect(200);
  expect(Buffer.compare(back.body, content)).toBe(0);
});

describe('refused', () => {
  const create = (headers: Record<string, string>) =>
    api()
      .post('/v1/uploads')
      .set({ 'tus-resumable': '1.0.0', ...headers });

  test('too large', async () => {
    const answer = await create({ 'upload-length': '3000001' }).expect(413);
    expect(answer.body.code).toBe('payload_too_large');
  });

  test('without a length, of another version, not there', async () => {
    expect((await create({}).expect(400)).body.code).toBe('invalid_request');
    await api().post('/v1/uploads').set('upload-length', '1').expect(412);
    const absent = `/v1/uploads/${'0'.repeat(32)}`;
    await api().head(absent).set('tus-resumable', '1.0.0').expect(404);
    expect((await api().delete(absent).set('tus-resumable', '1.0.0').expect(404)).body.code).toBe(
      'not_found',
    );
    await api().head('/v1/uploads/..%2fkeys').set('tus-resumable', '1.0.0').expect(404);
  });

  test('a body that names no upload', async () => {
    expect((await api().post('/v1/models').send({ upload: 'x' }).expect(400)).body.field).toBe('uploads');
    expect(
      (
        await api()
          .post('/v1/models')
          .send({ uploads: ['../x'] })
          .expect(400)
      ).body.field,
    ).toBe('uploads');
  });

  test('one that was given up', async () => {
    const created = await create({ 'upload-length': '10' }).expect(201);
    expect(created.headers['upload-expires']).toBeDefined();
    await api().delete(created.headers.location!).set('tus-resumable', '1.0.0').expect(204);
    await api().head(created.headers.location!).set('tus-resumable', '1.0.0').expect(404);
  });
});

test('what is understood', async () => {
  const answer = await api().options('/v1/uploads').expect(204);
  expect(answer.headers['tus-version']).toBe('1.0.0');
  expect(answer.headers['tus-max-size']).toBe('3000000');
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

/** The beginning of a request whose end never comes. */
function sendPart(port: number, path: string, offset: number, end: number, body: Buffer): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `PATCH ${path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: ${offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${end - offset}\r\n\r\n`,
  );
  socket.write(body);
  return socket;
}
