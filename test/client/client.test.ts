/** The client of the package against a running service. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bitpress, bitpress, fileAt, fileOf } from '../../src/client/index.ts';
import { startService, type TestService } from '../support/service.ts';

let dir: string;
let service: TestService;
let client: Bitpress;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-client-'));
  const hash = createHash('sha256').update('a-key').digest('hex');
  writeFileSync(join(dir, 'keys'), `${hash} team\n`);
  service = await startService({ BITPRESS_API_KEYS_FILE: join(dir, 'keys') });
  client = bitpress(service.url, { apiKey: 'a-key' });
});
afterAll(async () => {
  await service?.close();
  rmSync(dir, { recursive: true, force: true });
});

test('a model in, an artifact out', async () => {
  writeFileSync(join(dir, 'model.onnx'), 'slow but good');
  const model = await client.uploadModel(fileAt(join(dir, 'model.onnx')));
  const evaluation = await client.uploadDataset(fileOf('eval.npz', Buffer.from('samples')));
  const submitted = await client.submit({
    model: model.id,
    evaluation: evaluation.id,
    // Typed: a misspelt option does not compile.
    method: { type: 'static-int8', activation: 'uint8' },
    calibration: { synthetic: true },
  });
  const states: string[] = [];
  const job = await client.follow(submitted.id, { onUpdate: ({ state }) => states.push(state) });
  expect(job).toMatchObject({ state: 'succeeded', verdict: 'pass' });
  expect(states.every(state => state === 'queued' || state === 'running')).toBe(true);
  const artifact = job.artifacts?.find(({ name }) => name === 'model.onnx');
  await client.download(artifact!, join(dir, 'out.onnx'));
  expect(readFileSync(join(dir, 'out.onnx'), 'utf8')).toBe('quantized slow but good');
  expect(await client.report(job.id)).toMatchObject({ text: 'slow but good' });
});

describe('what the server has', () => {
  test.each([
    ['one file', [fileOf('m.onnx', Buffer.from('good known'))]],
    [
      'several files in any order',
      [fileOf('w.bin', Buffer.from('good w')), fileOf('m.onnx', Buffer.from('good m'))],
    ],
  ])('is not sent again: %s', async (_, files) => {
    const sent: number[] = [];
    const onSent = (bytes: number, total: number) => sent.push(bytes / total);
    const first = await client.uploadModel(files, { onSent });
    expect(sent.at(-1)).toBe(1);
    sent.length = 0;
    const second = await client.uploadModel([...files].reverse(), { onSent });
    expect(second).toEqual(first);
    expect(sent).toEqual([]);
  });
});

test('every operation is there, by its path, and throws the problem that was answered', async () => {
  const { data } = await client.api.GET('/v1/jobs', { params: { query: { state: 'succeeded', limit: 1 } } });
  expect(data?.items[0]?.links.self).toMatch(/^\/v1\/jobs\//);
  const { data: methods } = await client.api.GET('/v1/methods');
  expect(methods?.items.map(({ id }) => id)).toContain('static-int8');
  await expect(
    client.api.GET('/v1/models/{id}', { params: { path: { id: '0'.repeat(64) } } }),
  ).rejects.toMatchObject({ code: 'not_found' });
  await expect(bitpress(service.url).api.GET('/v1/jobs')).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(bitpress(service.url).uploadModel(fileOf('m', Buffer.from('x')))).rejects.toMatchObject({
    code: 'unauthorized',
  });
});

test('what cannot be is said at once', async () => {
  expect(() => bitpress('localhost:8080')).toThrow(/not an http: or https: address/);
  expect(() => fileAt(join(dir, 'absent'))).toThrow(/absent/);
  expect(existsSync(join(dir, 'absent'))).toBe(false);
});
