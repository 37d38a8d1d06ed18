import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { remoteRunner } from '../../../src/cli/runners/remote.ts';
import { BitpressError, toProblem } from '../../../src/errors.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

let dir: string;
let server: Server;
let address: string;
let handler: Handler;
let seen: string[];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-remote-'));
  seen = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push(`${request.method} ${request.url}`);
    handler(request, response, Buffer.concat(chunks));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true });
});

const never = new AbortController().signal;
const id = 'a'.repeat(64);
const base = { id, links: { report: `/v1/jobs/${id}/report.json` } };
const artifact = (name: string, content: string) => ({
  name,
  sha256: createHash('sha256').update(content).digest('hex'),
  url: `/v1/jobs/${id}/artifacts/model.onnx`,
});

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A server that has nothing and takes every upload. */
function upload(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'HEAD') response.writeHead(404).end();
  else if (request.url === '/v1/models' || request.url === '/v1/datasets') json(response, 201, { id: 'b' });
  else return false;
  return true;
}

function files() {
  const model = join(dir, 'net "1".onnx');
  const calibration = join(dir, 'calib.npz');
  writeFileSync(model, Buffer.from([0, 13, 10, 255]));
  writeFileSync(calibration, 'samples');
  return { model: [model] as const, calibration };
}

it('uploads, follows and downloads', async () => {
  const key = join(dir, 'key');
  writeFileSync(key, 'secret\n');
  const bodies = new Map<string, string>();
  let polls = 0;
  handler = (request, response, body) => {
    expect(request.headers.authorization).toBe('Bearer secret');
    bodies.set(`${request.method} ${request.url}`, body.toString('latin1'));
    if (upload(request, response)) return;
    if (request.method === 'POST') json(response, 202, { ...base, state: 'queued' });
    else if (request.url === `/v1/jobs/${id}?wait=2`) {
      polls++;
      const running = { ...base, state: 'running', stage: 'calibrating', progress: 0.5 };
      const artifacts = [artifact('model.onnx', 'the model')];
      json(response, 200, polls === 1 ? running : { ...base, state: 'succeeded', artifacts });
    } else if (request.url === base.links.report) json(response, 200, { headline: 'good' });
    else response.end('the model');
  };
  const progress: { stage: string; fraction: number; message?: string }[] = [];
  const run = remoteRunner(address, key, 'another');
  const result = await run({ method: 'convert' }, files(), each => progress.push(each), never);

  const form = bodies.get('POST /v1/models');
  expect(form).toContain('name="file"; filename="net %221%22.onnx"');
  expect(form).toContain('\r\n\r\n\u0000\r\n\u00ff\r\n--');
  expect(bodies.get('POST /v1/datasets')).toContain('filename="calib.npz"');
  expect(JSON.parse(bodies.get('POST /v1/jobs')!)).toEqual({
    method: 'convert',
    model: 'b',
    calibration: 'b',
  });
  expect(progress).toEqual([
    { stage: 'importing', fraction: 1, message: 'uploading the model' },
    { stage: 'importing', fraction: 1, message: 'uploading the calibration data' },
    { stage: 'calibrating', fraction: 0.5 },
  ]);
  expect(result.report).toEqual({ headline: 'good' });
  const path = result.artifacts.get('model.onnx')!;
  expect(readFileSync(path, 'utf8')).toBe('the model');
  result.dispose();
  expect(existsSync(dirname(path))).toBe(false);
});

it('takes no artifact that is not what the job names', async () => {
  handler = (request, response) => {
    if (upload(request, response)) return;
    if (request.method === 'POST')
      json(response, 200, { ...base, state: 'succeeded', artifacts: [artifact('model.onnx', 'the model')] });
    else response.end('another model');
  };
  await expect(remoteRunner(address, undefined)({}, files(), () => {}, never)).rejects.toMatchObject({
    code: 'digest_mismatch',
  });
});

it("gives the server's problem as it was", async () => {
  const problem = toProblem(new BitpressError('dataset_mismatch', 'array "x" is wrong', { field: 'x' }));
  handler = (request, response) => {
    if (!upload(request, response)) json(response, 422, problem);
  };
  await expect(remoteRunner(address, undefined)({}, files(), () => {}, never)).rejects.toMatchObject({
    code: 'dataset_mismatch',
    message: 'array "x" is wrong',
    place: { field: 'x' },
  });
});

it('gives the error of a job that failed', async () => {
  const error = { type: '', ...toProblem(new BitpressError('artifact_broken', 'node 7')) };
  handler = (request, response) => {
    if (!upload(request, response)) json(response, 200, { ...base, state: 'failed', error });
  };
  await expect(remoteRunner(address, undefined)({}, files(), () => {}, never)).rejects.toMatchObject({
    code: 'artifact_broken',
  });
});

it('names a server that does not speak our language, or not at all', async () => {
  handler = (_, response) => response.writeHead(502).end('<html>');
  await expect(remoteRunner(address, undefined)({}, files(), () => {}, never)).rejects.toThrow(
    /answered 502/,
  );
  await expect(
    remoteRunner('http://127.0.0.1:9', undefined)({}, files(), () => {}, never),
  ).rejects.toMatchObject({
    code: 'server_unreachable',
    message: expect.stringContaining('http://127.0.0.1:9'),
  });
});

it('survives a moment without the server', async () => {
  let polls = 0;
  handler = (request, response) => {
    if (upload(request, response)) return;
    if (request.method === 'POST') json(response, 202, { ...base, state: 'queued' });
    else if (request.url === base.links.report) json(response, 200, {});
    else if (++polls === 1) request.socket.destroy();
    else json(response, 200, { ...base, state: 'succeeded', artifacts: [] });
  };
  await remoteRunner(address, undefined)({}, files(), () => {}, never);
  expect(polls).toBe(2);
});

it('cancels the job when the user gives up', async () => {
  const controller = new AbortController();
  handler = (request, response) => {
    if (upload(request, response)) return;
    if (request.url === '/v1/jobs') json(response, 202, { ...base, state: 'running' });
    else if (request.method === 'POST') json(response, 200, {});
    else controller.abort();
  };
  await expect(
    remoteRunner(address, undefined)({}, files(), () => {}, controller.signal),
  ).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(seen.at(-1)).toBe(`POST /v1/jobs/${id}/cancel`);
});

it('takes no path for an artifact name', async () => {
  handler = (request, response) => {
    if (!upload(request, response))
      json(response, 200, { ...base, state: 'succeeded', artifacts: [{ name: '../x', url: '/x' }] });
  };
  await expect(remoteRunner(address, undefined)({}, files(), () => {}, never)).rejects.toThrow(/"\.\.\/x"/);
});
