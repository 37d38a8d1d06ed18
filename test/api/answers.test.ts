/** What a client may rely on in requests and answers: verbs, parameters, preferences, digests, limits. */
import { createHash } from 'node:crypto';
import { request as send } from 'node:http';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
let job: string;
let model: string;
beforeAll(async () => {
  service = await startService();
  const { body } = await submit('good').expect(202);
  job = body.links.self;
  model = `/v1/models/${body.model}`;
  await api().get(`${job}?wait=20`).expect(200);
});
afterAll(() => service?.close());
const api = () => request(service.url);
const submit = (content: string, spec = '{"method":"convert"}') =>
  api().post('/v1/jobs').field('spec', spec).attach('model', Buffer.from(content), 'model.onnx');
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('base64');

test('each path names its verbs to any other one', async () => {
  for (const path of ['/v1/jobs', job, `${job}/events`, `${job}/artifacts/model.onnx`, model, '/metrics'])
    for (const method of ['PUT', 'QUERY', 'PROPFIND', 'TRACE', 'MKCOL']) {
      const answer = await fetchVerb(method, path);
      expect([path, method, answer.status]).toEqual([path, method, 405]);
      expect(answer.allow).toMatch(/GET/);
    }
});

test('problems bear an id that no other request has, of this server or another', async () => {
  const seen = new Set<string>();
  const other = await startService();
  try {
    for (const url of [service.url, service.url, other.url, other.url]) {
      const { body } = await request(url).get('/v1/jobs/none').expect(404);
      seen.add(body.instance);
    }
  } finally {
    await other.close();
  }
  expect(seen.size).toBe(4);
  for (const id of seen) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test('a parameter that nobody knows is named, wherever it comes', async () => {
  for (const path of [
    job,
    model,
    '/v1/jobs',
    '/v1/models',
    `${model}/content`,
    `${job}/report`,
    `${job}/events`,
    '/v1/methods',
    '/livez',
  ]) {
    const { body } = await api().get(`${path}?colour=red`).expect(400);
    expect(body).toMatchObject({ code: 'invalid_request', field: 'colour' });
  }
  const { body } = await api().post(`${job}/cancel?colour=red`).expect(400);
  expect(body.field).toBe('colour');
});

test('jobs by state and model; a state that is none is told which there are', async () => {
  const id = model.split('/').at(-1);
  const both = async (state: string) =>
    (await api().get(`/v1/jobs?state=${state}&model=${id}`).expect(200)).body.items;
  expect(await both('succeeded')).toHaveLength(1);
  expect(await both('failed')).toEqual([]);
  const { body } = await api().get('/v1/jobs?state=lost').expect(400);
  expect(body).toMatchObject({ field: 'state' });
  expect(body.detail).toContain('queued, running, succeeded, failed, cancelled');
});

test('a cursor that is none (any more) is refused, in every list', async () => {
  for (const kind of ['models', 'datasets', 'jobs']) {
    const { body } = await api()
      .get(`/v1/${kind}?cursor=${'0'.repeat(64)}`)
      .expect(410);
    expect(body).toMatchObject({ code: 'gone', field: 'cursor' });
    expect((await api().get(`/v1/${kind}?cursor=x`).expect(400)).body.field).toBe('cursor');
    expect((await api().get(`/v1/${kind}?limit=true`).expect(400)).body.field).toBe('limit');
  }
});

test('HEAD is GET without the content', async () => {
  for (const path of [model, `${model}/content`, job, `${job}/artifacts/model.onnx`, `${job}/report.json`]) {
    const get = await api().get(path).expect(200);
    const head = await api().head(path).expect(200);
    for (const name of ['content-type', 'content-length', 'etag', 'repr-digest'])
      expect(head.headers[name]).toBe(get.headers[name]);
    expect(head.text ?? '').toBe('');
  }
  await api()
    .head(`/v1/models/${'0'.repeat(64)}`)
    .expect(404);
});

test('preconditions and ranges of stored content', async () => {
  for (const path of [`${model}/content`, `${job}/artifacts/model.onnx`]) {
    const { headers } = await api().get(path).expect(200);
    const etag = headers.etag!;
    const ask = (fields: Record<string, string>, verb: 'get' | 'head' = 'get') =>
      api()[verb](path).set(fields);
    // RFC 9110, 13.1.1: strong comparison; any of a list, or whatever is there.
    for (const tags of ['"x"', `W/${etag}`]) {
      const { body } = await ask({ 'if-match': tags }).expect(412);
      expect(body).toMatchObject({ code: 'precondition_failed', field: 'If-Match' });
    }
    for (const tags of [etag, `"x", ${etag}`, '*']) await ask({ 'if-match': tags }).expect(200);
    // RFC 9110, 13.1.2: weak comparison.
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const seen = await ask({ 'if-none-match': tags, range: 'bytes=0-0' }).expect(304);
      expect(seen.headers).toMatchObject({ etag, 'cache-control': headers['cache-control'] });
      for (const name of ['content-type', 'content-disposition', 'content-length', 'repr-digest'])
        expect(seen.headers[name]).toBeUndefined();
    }
    expect((await ask({ range: 'bytes=0-1' }).expect(206)).headers['content-length']).toBe('2');
    expect(
      (await ask({ range: 'bytes=0-1', 'if-range': '"x"' }).expect(200)).headers['content-range'],
    ).toBeUndefined();
    // RFC 9110, 14.2: defined for GET alone.
    const head = await ask({ range: 'bytes=0-1' }, 'head').expect(200);
    expect(head.headers['content-length']).toBe(headers['content-length']);
    const beyond = await ask({ range: 'bytes=100000-' }).expect(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${headers['content-length']}`);
    for (const name of ['etag', 'repr-digest', 'cache-control']) expect(beyond.headers[name]).toBeUndefined();
  }
});

describe('a wait', () => {
  test('that was preferred is told to be applied', async () => {
    const plain = await api().get(job).expect(200);
    expect(plain.headers['preference-applied']).toBeUndefined();
    const asked = await api().get(job).set('prefer', 'respond-async, wait=5').expect(200);
    expect(asked.headers['preference-applied']).toBe('wait=5');
    const long = await api().get(job).set('prefer', 'wait=1000').expect(200);
    expect(long.headers['preference-applied']).toBe('wait=60');
  });

  test('lasts until the job is over', async () => {
    const { body } = await submit('slow and preferred').expect(202);
    const over = await api().get(body.links.self).set('prefer', 'wait=20').expect(200);
    expect(over.body.state).toBe('succeeded');
    expect(Date.parse(over.body.queuedAt)).toBeLessThanOrEqual(Date.parse(over.body.startedAt));
    expect(Date.parse(over.body.startedAt)).toBeLessThan(Date.parse(over.body.finishedAt));
  });
});

test('a report in no form that the client takes', async () => {
  const { body } = await api().get(`${job}/report`).set('accept', 'image/png').expect(406);
  expect(body.code).toBe('not_acceptable');
  await api().get(`${job}/report`).set('accept', 'application/json;q=0, text/markdown;q=0.1').expect(200);
  const { headers } = await api().get(`${job}/report`).expect(200);
  expect(headers['cache-control']).toBe('private, no-cache');
  await api().get(`${job}/report`).set('if-none-match', headers.etag!).expect(304);
});

test('what a waiting job reads is not deleted', async () => {
  const { body } = await api()
    .post('/v1/jobs')
    .field('spec', '{"method":"convert"}')
    .attach('model', Buffer.from('spin'), 'model.onnx')
    .attach('evaluation', Buffer.from('data'), 'eval.npz')
    .expect(202);
  for (const path of [`/v1/models/${body.model}`, `/v1/datasets/${body.spec.evaluation}`]) {
    const refused = await api().delete(path).expect(409);
    expect(refused.body).toMatchObject({ code: 'conflict', detail: expect.stringContaining(body.id) });
  }
  await api().post(`${body.links.self}/cancel`).expect(202);
  await api().get(`${body.links.self}?wait=20`).expect(200);
  await api().delete(`/v1/models/${body.model}`).expect(204);
  await api().delete(`/v1/models/${body.model}`).expect(404);
});

test('more than this service gives a job is refused by name', async () => {
  for (const [limits, field] of [
    ['{"timeoutSeconds":1801}', 'limits.timeoutSeconds'],
    ['{"memoryMb":8193}', 'limits.memoryMb'],
    ['{"timeoutSeconds":1e9}', 'limits.timeoutSeconds'],
  ]) {
    const { body } = await submit('good', `{"method":"convert","limits":${limits}}`).expect(422);
    expect(body).toMatchObject({ code: 'invalid_spec', field });
  }
  await submit('good', '{"method":"convert","limits":{"timeoutSeconds":1800}}').expect(202);
});

describe('Content-Digest of', () => {
  const form = Buffer.from(
    '--b\r\nContent-Disposition: form-data; name="file"; filename="m.onnx"\r\n\r\ngood digest\r\n--b--\r\n',
  );
  const json = Buffer.from(`{"model":"${'0'.repeat(64)}","method":"convert"}`);
  test.each([
    ['multipart/form-data; boundary=b', '/v1/models', form, 201],
    ['application/json', '/v1/jobs', json, 404],
    ['application/octet-stream', '/v1/models', Buffer.from('good raw'), 201],
  ] as const)('%s', async (type, path, content, status) => {
    const send = (digest: string) =>
      api()
        .post(path)
        .set('content-type', type)
        .set('content-digest', `sha-256=:${digest}:`)
        .serialize(body => body)
        .send(content);
    const wrong = await send(sha256('other')).expect(422);
    expect(wrong.body.code).toBe('digest_mismatch');
    await send(sha256(content)).expect(status);
  });
});

/** Verbs that fetch refuses to send, or spells its own way. */
function fetchVerb(method: string, path: string): Promise<{ status: number; allow: string }> {
  return new Promise((resolve, reject) => {
    send(new URL(path, service.url), { method }, response => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, allow: String(response.headers.allow) });
    })
      .on('error', reject)
      .end();
  });
}
