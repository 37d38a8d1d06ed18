/** Details of the HTTP contract that do not depend on the queue's backend. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASKABLE } from '../../src/core/quantization/askable.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
let job: string;
beforeAll(async () => {
  service = await startService({ BITPRESS_MAX_UPLOAD_BYTES: '100000' });
  const submitted = await api()
    .post('/v1/jobs')
    .field('spec', '{"method":"convert"}')
    .attach('model', Buffer.from('good'), 'model.onnx');
  job = `/v1/jobs/${submitted.body.id}`;
  await api().get(`${job}?wait=20`).expect(200);
});
afterAll(() => service?.close());
const api = () => request(service.url);
const ABSENT = '0'.repeat(64);

describe('problems', () => {
  test.each([
    ['get', '/v1/nothing', 404, 'not_found'],
    ['get', `/v1/jobs/${ABSENT}`, 404, 'not_found'],
    ['get', '/v1/jobs/not-a-hash', 404, 'not_found'],
    ['get', `/v1/models/${ABSENT}`, 404, 'not_found'],
    ['get', '/v1/jobs?state=lost', 400, 'invalid_request'],
    ['get', `/v1/jobs/${ABSENT}?wait=1000`, 400, 'invalid_request'],
    ['get', '/v1/jobs?colour=red', 400, 'invalid_request'],
    ['put', '/v1/jobs', 405, 'method_not_allowed'],
    ['delete', '/v1/methods', 405, 'method_not_allowed'],
    ['get', '/v1/models/..%2f..%2fetc', 404, 'not_found'],
  ] as const)('%s %s -> %i %s', async (verb, path, status, code) => {
    const answer = await api()[verb](path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status, code, type: `/docs#${code}`, instance: expect.any(String) });
    if (status === 405) expect(answer.headers.allow).toBeDefined();
  });

  test.each([
    [{ model: ABSENT, method: 'convert' }, 404, 'not_found', 'model'],
    [{ model: 'x', method: 'convert' }, 400, 'invalid_request', 'model'],
    [{ method: 'convert' }, 400, 'invalid_request', 'model'],
    [{ model: ABSENT, method: 'int9' }, 422, 'invalid_spec', 'method'],
    [{ model: ABSENT, method: 'convert', speed: 9 }, 422, 'invalid_spec', 'speed'],
  ])('spec %j', async (body, status, code, field) => {
    const answer = await api().post('/v1/jobs').send(body).expect(status);
    expect(answer.body).toMatchObject({ code, field });
  });

  test.each([
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=b', '--b\r\nnonsense--b--\r\n'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="model"; filename="m"\r\n\r\nhalf',
    ],
    ['multipart/form-data; boundary=b', ''],
  ])('a multipart body that is broken: %s %j', async (type, body) => {
    for (const path of ['/v1/jobs', '/v1/models', '/v1/datasets']) {
      const answer = await api().post(path).set('content-type', type).send(body).expect(400);
      expect(answer.body.code).toBe('invalid_request');
    }
  });

  test('a path longer than any of ours, and one that is no text', async () => {
    for (const path of [`/v1/jobs/${'a'.repeat(2000)}`, '/v1/jobs/%c3%28', '/%']) {
      const answer = await api().get(path);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect([400, 404]).toContain(answer.status);
    }
  });

  test('a verb that nobody knows', async () => {
    const answer = await fetch(`${service.url}/livez`, { method: 'QUERY' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toContain('GET');
  });

  test('a body that is not JSON, and one of an unknown type', async () => {
    const json = await api().post('/v1/jobs').set('content-type', 'application/json').send('{"model":');
    expect(json.body).toMatchObject({ status: 400, code: 'invalid_request' });
    const xml = await api().post('/v1/jobs').set('content-type', 'application/xml').send('<a/>');
    expect(xml.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  test('a static method without data is refused at once', async () => {
    const method = ASKABLE.all.find(({ data }) => data === 'required');
    if (!method) return;
    const answer = await api().post('/v1/jobs').send({ model: ABSENT, method: method.id });
    expect(answer.body).toMatchObject({ status: 422, code: 'calibration_required', field: 'calibration' });
  });
});

describe('uploads', () => {
  const stored = (): string[] => readdirSync(join(service.root, 'store', 'tmp'));

  test('too large', async () => {
    const answer = await api()
      .post('/v1/models')
      .attach('file', Buffer.alloc(100_001), 'model.onnx')
      .expect(413);
    expect(answer.body.code).toBe('payload_too_large');
    expect(stored()).toEqual([]);
  });

  test('a digest that does not match', async () => {
    const digest = createHash('sha256').update('other').digest('base64');
    const answer = await api()
      .post('/v1/models')
      .set('content-type', 'application/octet-stream')
      .set('content-digest', `sha-256=:${digest}:`)
      .send(Buffer.from('good'))
      .expect(422);
    expect(answer.body.code).toBe('digest_mismatch');
    expect(stored()).toEqual([]);
  });

  test.each(['/v1/models', '/v1/datasets', '/v1/jobs'])('no body at all to %s', async path => {
    const answer = await api().post(path);
    expect(answer.status).toBeLessThan(500);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  test('an unknown part, a part twice, a name that is a path', async () => {
    const unknown = await api().post('/v1/jobs').attach('modell', Buffer.from('good'), 'm.onnx').expect(400);
    expect(unknown.body).toMatchObject({ code: 'invalid_request', field: 'modell' });
    const twice = await api()
      .post('/v1/models')
      .attach('file', Buffer.from('good a'), 'm.onnx')
      .attach('file', Buffer.from('good b'), 'm.onnx')
      .expect(400);
    expect(twice.body.field).toBe('model');
    const path = await api()
      .post('/v1/models')
      .attach('file', Buffer.from('good p'), '../../m.onnx')
      .expect(201);
    expect(path.body.files[0].name).toBe('m.onnx');
  });

  test('several files are one model in whatever order', async () => {
    const send = (names: readonly string[]) =>
      names.reduce(
        (call, name) => call.attach('file', Buffer.from(`good ${name}`), name),
        api().post('/v1/models'),
      );
    const first = await send(['w1.bin', 'm.onnx', 'w0.bin']).expect(201);
    const second = await send(['m.onnx', 'w0.bin', 'w1.bin']).expect(200);
    expect(second.body).toEqual(first.body);
    expect(first.body.files.map(({ name }: { name: string }) => name)).toEqual([
      'm.onnx',
      'w0.bin',
      'w1.bin',
    ]);
  });

  test('a client that goes away leaves nothing', async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'POST /v1/models HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 50000\r\n\r\nhalf',
    );
    for (let turn = 0; turn < 100 && stored().length === 0; turn++) await sleep(20);
    expect(stored()).toHaveLength(1);
    socket.destroy();
    for (let turn = 0; turn < 100 && stored().length > 0; turn++) await sleep(20);
    expect(stored()).toEqual([]);
    await api().get('/livez').expect(200);
  });
});

describe('artifacts', () => {
  const model = () => `${job}/artifacts/model.onnx`;
  const CONTENT = 'quantized good';

  test('validators and digest', async () => {
    const answer = await api().get(model()).expect(200);
    const digest = createHash('sha256').update(CONTENT).digest();
    expect(answer.headers['repr-digest']).toBe(`sha-256=:${digest.toString('base64')}:`);
    expect(answer.headers.etag).toBe(`"${digest.toString('hex')}"`);
    const cached = await api().get(model()).set('if-none-match', `W/"x", ${answer.headers.etag}`).expect(304);
    expect(cached.text ?? '').toBe('');
    const head = await api().head(model()).expect(200);
    expect(head.headers['content-length']).toBe(String(CONTENT.length));
  });

  test.each([
    ['bytes=0-8', 206, 'quantized', 'bytes 0-8/14'],
    ['bytes=10-', 206, 'good', 'bytes 10-13/14'],
    ['bytes=-4', 206, 'good', 'bytes 10-13/14'],
    ['bytes=0-999', 206, CONTENT, 'bytes 0-13/14'],
    ['lines=1-2', 200, CONTENT, undefined],
    ['bytes=5-2', 200, CONTENT, undefined],
    ['bytes=0-1,4-5', 200, CONTENT, undefined],
  ])('Range: %s', async (range, status, text, contentRange) => {
    const answer = await api().get(model()).set('range', range).expect(status);
    expect(Buffer.from(answer.body).toString()).toBe(text);
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  test('a range outside, and a range of another version', async () => {
    const outside = await api().get(model()).set('range', 'bytes=14-').expect(416);
    expect(outside.body.code).toBe('range_not_satisfiable');
    expect(outside.headers['content-range']).toBe('bytes */14');
    await api().get(model()).set('range', 'bytes=0-1').set('if-range', '"old"').expect(200);
  });

  test.each([
    [undefined, 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['text/markdown', 'text/markdown'],
    ['application/json;q=0.1, text/html;q=0.2', 'text/html'],
  ])('report for Accept: %s', async (accept, type) => {
    const call = api().get(`${job}/report`);
    const answer = await (accept === undefined ? call : call.set('accept', accept)).expect(200);
    expect(answer.headers['content-type']).toContain(type);
    expect(answer.headers.vary).toBe('accept');
  });

  test('by suffix, and what is not there', async () => {
    expect((await api().get(`${job}/report.md`).expect(200)).text).toBe('# report');
    await api().get(`${job}/artifacts/other.onnx`).expect(404);
    expect((await api().get(`${job}/artifacts`).expect(200)).body.items).toHaveLength(4);
  });
});

describe('events', () => {
  test('a job that is over is one event, and none for a client that has seen it', async () => {
    const answer = await api().get(`${job}/events`).buffer(true).expect(200);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    const [, id, data] = /^event: job\nid: (\w+)\ndata: (.*)\n\n$/.exec(answer.text)!;
    expect(JSON.parse(data!)).toMatchObject({ state: 'succeeded', links: { self: job } });
    // What tells a browser's EventSource not to come again.
    await api().get(`${job}/events`).set('last-event-id', id!).expect(204);
    const other = await api().get(`${job}/events`).set('last-event-id', 'of before').buffer(true).expect(200);
    expect(other.text).toBe(answer.text);
  });

  test('a running job is followed to its end', async () => {
    const { body } = await api()
      .post('/v1/jobs')
      .field('spec', '{"method":"convert"}')
      .attach('model', Buffer.from('slow'), 'model.onnx')
      .expect(202);
    const { text } = await api().get(`/v1/jobs/${body.id}/events`).buffer(true).expect(200);
    const states = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!).state);
    expect(states.length).toBeGreaterThan(1);
    expect(states.at(-1)).toBe('succeeded');
  });
});

describe('service', () => {
  test('health, metrics and reference', async () => {
    await api().get('/livez').expect(200);
    expect((await api().get('/readyz').expect(200)).body.checks).toEqual({ queue: 'ok', store: 'ok' });
    expect((await api().get('/metrics').expect(200)).text).toMatch(/bitpress_jobs\{state="completed"\} \d/);
    expect((await api().get('/docs').expect(200)).text).toContain('/v1/jobs/{id}');
    expect((await api().get('/v1/methods').expect(200)).body.items.map((m: { id: string }) => m.id)).toEqual(
      ASKABLE.ids,
    );
  });

  test('the OpenAPI document is the committed one ("npm run openapi" writes it)', async () => {
    const served = (await api().get('/openapi.yaml').buffer(true)).text;
    await expect(served).toMatchFileSnapshot('../../openapi.yaml');
  });

  test('lists', async () => {
    const jobs = await api().get('/v1/jobs?state=succeeded').expect(200);
    expect(jobs.body.items.map((item: { links: { self: string } }) => item.links.self)).toContain(job);
    const all: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const cursor = next === '' ? '' : `&cursor=${next}`;
      const listed: request.Response = await api().get(`/v1/jobs?limit=1${cursor}`).expect(200);
      all.push(...listed.body.items.map((item: { id: string }) => item.id));
      next = listed.body.next;
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(1);
    const other = await api().get(`/v1/jobs?model=${ABSENT}`).expect(200);
    expect(other.body.items).toEqual([]);
    expect((await api().get('/v1/jobs?cursor=x').expect(400)).body.field).toBe('cursor');
    const first = await api().get('/v1/models?limit=1').expect(200);
    const second = await api().get(`/v1/models?limit=1&cursor=${first.body.next}`).expect(200);
    expect(second.body.items[0].id).not.toBe(first.body.items[0].id);
    await api().delete(`/v1/models/${second.body.items[0].id}`).expect(204);
    await api().get(`/v1/models/${second.body.items[0].id}`).expect(404);
  });
});
