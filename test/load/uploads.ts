/**
 * What an upload costs the server in memory, for each way to send one: `npm run load -- uploads [embedded|redis] [MiB]`.
 *
 * The content is a readable array (.npy), made as it is sent, so that the whole way is taken: hashed, stored, copied for the
 * sandbox that reads its header, described.
 */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, deploy, residentMib } from './processes.ts';

const MIB = 1024 ** 2;
const SAMPLE_MS = 50;
/**
 * What making a database took is garbage that nobody collects before there is work: a base line of before would hide what
 * an upload takes. So this much is sent first, and then waited.
 */
const WARM_UP_MIB = 256;
const SETTLE_MS = 10_000;
/** Of each tus request. */
const PIECE_BYTES = 64 * MIB;

export async function uploads(backend: 'embedded' | 'redis', mib: number): Promise<void> {
  const service = await deploy(backend, 0);
  const { pid } = service.processes.find(({ name }) => name === 'server')!;
  try {
    await raw(service, WARM_UP_MIB * MIB);
    await sleep(SETTLE_MS);
    for (const [name, send] of Object.entries({ raw, multipart, tus })) {
      const idle = residentMib(pid);
      let peak = idle;
      const sampling = setInterval(() => {
        peak = Math.max(peak, residentMib(pid));
      }, SAMPLE_MS);
      const since = performance.now();
      const status = await send(service, mib * MIB);
      clearInterval(sampling);
      const seconds = (performance.now() - since) / 1000;
      console.log(
        `${backend}, ${name}: ${mib} MiB answered ${status} after ${seconds.toFixed(1)} s; server ${idle.toFixed(0)} MiB before, at most ${(peak - idle).toFixed(0)} MiB more`,
      );
      await sleep(SETTLE_MS);
    }
  } finally {
    await service.close();
  }
}

function raw(service: Deployment, bytes: number): Promise<number> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': bytes };
  return send(service, 'POST', '/v1/datasets', headers, array(bytes)).then(({ status }) => status);
}

function multipart(service: Deployment, bytes: number): Promise<number> {
  const boundary = 'bitpress-load';
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="data.npy"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const tail = `\r\n--${boundary}--\r\n`;
  const headers = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': head.length + bytes + tail.length,
  };
  async function* body() {
    yield Buffer.from(head);
    yield* array(bytes);
    yield Buffer.from(tail);
  }
  return send(service, 'POST', '/v1/datasets', headers, body()).then(({ status }) => status);
}

async function tus(service: Deployment, bytes: number): Promise<number> {
  const version = { 'tus-resumable': '1.0.0' };
  const created = await send(service, 'POST', '/v1/uploads', { ...version, 'upload-length': bytes }, []);
  const path = created.location!;
  for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, bytes - offset);
    const headers = {
      ...version,
      'upload-offset': offset,
      'content-type': 'application/offset+octet-stream',
      'content-length': length,
    };
    const { status } = await send(service, 'PATCH', path, headers, array(bytes, offset, length));
    if (status !== 204) return status;
  }
  const body = JSON.stringify({ uploads: [path.split('/').at(-1)] });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return (await send(service, 'POST', '/v1/datasets', headers, [Buffer.from(body)])).status;
}

const HEADER_BYTES = 128;
const NOISE = randomBytes(MIB);

/** A .npy file of float32 (NumPy Enhancement Proposal 1), or `length` bytes of it from `offset` on. */
function* array(bytes: number, offset = 0, length = bytes): Generator<Buffer> {
  const values = (bytes - HEADER_BYTES) / 4;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${values}, 1), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00v\x00${text.padEnd(HEADER_BYTES - 11)}\n`, 'latin1');
  const end = offset + length;
  for (let at = offset; at < end; ) {
    const from = at < HEADER_BYTES ? header.subarray(at) : NOISE.subarray((at - HEADER_BYTES) % MIB);
    const piece = from.subarray(0, end - at);
    yield piece;
    at += piece.length;
  }
}

function send(
  { port }: Deployment,
  method: string,
  path: string,
  headers: Record<string, string | number>,
  body: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<{ readonly status: number; readonly location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, headers }, answer => {
      answer.resume().on('end', () => {
        resolve({ status: answer.statusCode ?? 0, location: answer.headers.location });
      });
    });
    sent.on('error', reject);
    Readable.from(body, { objectMode: false }).pipe(sent);
  });
}
