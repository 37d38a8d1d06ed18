/**
 * Object storage in this process, as the S3 API reference describes it, for tests: objects, ranges, copies, lists in pages,
 * multipart uploads. A fault can be asked for.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Small, so that lists have pages; S3 itself gives 1000. */
const PAGE = 3;
/** "EntityTooSmall: each part must be at least 5 MB in size, except the last part." */
const MIN_PART_BYTES = 5 * 1024 ** 2;

interface Stored {
  readonly body: Buffer;
  readonly modified: Date;
}

interface Multipart {
  readonly key: string;
  readonly initiated: Date;
  readonly parts: Map<number, Buffer>;
}

export interface S3Fault {
  readonly method: string;
  readonly status: number;
  readonly code: string;
}

export interface TestS3 {
  readonly endpoint: string;
  readonly objects: Map<string, Stored>;
  readonly uploads: Map<string, Multipart>;
  /** Every request of this method fails so until it is taken back. */
  fault: S3Fault | undefined;
  stop(): Promise<void>;
}

export async function startS3(bucket: string): Promise<TestS3> {
  const objects = new Map<string, Stored>();
  const uploads = new Map<string, Multipart>();
  const server = createServer((request, response) => {
    answer(request, response).catch(error => response.destroy(error));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const state: TestS3 = {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    uploads,
    fault: undefined,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', state.endpoint);
    const [, inBucket, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const query = url.searchParams;
    const body = await buffer(request);
    const method = request.method ?? 'GET';
    if (state.fault?.method === method) return fail(response, state.fault.status, state.fault.code);
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 '))
      return fail(response, 403, 'AccessDenied');
    if (inBucket !== bucket) return fail(response, 404, 'NoSuchBucket');
    if (key === '') return method === 'HEAD' ? response.end() : list(query, response);
    const upload = query.get('uploadId');
    if (method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, { key, initiated: new Date(), parts: new Map() });
      return xml(response, 'InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`);
    }
    if (upload !== null) return multipart(method, upload, query, body, response);
    if (method === 'PUT') return put(request, key, body, response);
    if (method === 'DELETE') {
      objects.delete(key);
      return response.writeHead(204).end();
    }
    return get(request, key, response);
  }

  function list(query: URLSearchParams, response: ServerResponse): unknown {
    const prefix = query.get('prefix') ?? '';
    if (query.has('uploads')) {
      const open = [...uploads].filter(([, { key }]) => key.startsWith(prefix));
      const rows = open.map(
        ([id, { key, initiated }]) =>
          `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
      );
      return xml(response, 'ListMultipartUploadsResult', rows.join(''));
    }
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter(key => key.startsWith(prefix) && key > after).sort();
    const rows = keys.slice(0, PAGE).map(key => {
      const { body, modified } = objects.get(key)!;
      return `<Contents><Key>${key}</Key><LastModified>${modified.toISOString()}</LastModified><Size>${body.length}</Size></Contents>`;
    });
    const next = keys.length > PAGE ? `<NextContinuationToken>${keys[PAGE - 1]}</NextContinuationToken>` : '';
    return xml(
      response,
      'ListBucketResult',
      `<IsTruncated>${keys.length > PAGE}</IsTruncated>${next}${rows.join('')}`,
    );
  }

  function multipart(
    method: string,
    id: string,
    query: URLSearchParams,
    body: Buffer,
    response: ServerResponse,
  ): unknown {
    const upload = uploads.get(id);
    if (!upload) return fail(response, 404, 'NoSuchUpload');
    if (method === 'DELETE') {
      uploads.delete(id);
      return response.writeHead(204).end();
    }
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body);
      return response.setHeader('etag', etag(body)).end();
    }
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    if (parts.slice(0, -1).some(part => part.length < MIN_PART_BYTES))
      return fail(response, 400, 'EntityTooSmall');
    uploads.delete(id);
    objects.set(upload.key, { body: Buffer.concat(parts), modified: new Date() });
    return xml(
      response,
      'CompleteMultipartUploadResult',
      `<Key>${upload.key}</Key><ETag>"x-${parts.length}"</ETag>`,
    );
  }

  function put(request: IncomingMessage, key: string, body: Buffer, response: ServerResponse): unknown {
    const copied = request.headers['x-amz-copy-source'];
    if (typeof copied !== 'string') {
      objects.set(key, { body, modified: new Date() });
      return response.setHeader('etag', etag(body)).end();
    }
    const source = decodeURIComponent(copied).replace(/^\/?[^/]+\//, '');
    const original = objects.get(source);
    if (!original) return fail(response, 404, 'NoSuchKey');
    if (source === key && request.headers['x-amz-metadata-directive'] !== 'REPLACE')
      return fail(response, 400, 'InvalidRequest');
    const modified = new Date();
    objects.set(key, { body: original.body, modified });
    return xml(response, 'CopyObjectResult', `<LastModified>${modified.toISOString()}</LastModified>`);
  }

  function get(request: IncomingMessage, key: string, response: ServerResponse): unknown {
    const object = objects.get(key);
    if (!object) return fail(response, 404, 'NoSuchKey');
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const body = range ? object.body.subarray(Number(range[1]), Number(range[2]) + 1) : object.body;
    response.writeHead(range ? 206 : 200, {
      'content-length': body.length,
      'last-modified': object.modified.toUTCString(),
      etag: etag(object.body),
    });
    return response.end(request.method === 'HEAD' ? undefined : body);
  }

  return state;
}

function xml(response: ServerResponse, root: string, content: string): unknown {
  response.setHeader('content-type', 'application/xml');
  return response.end(`<?xml version="1.0" encoding="UTF-8"?><${root}>${content}</${root}>`);
}

function fail(response: ServerResponse, status: number, code: string): unknown {
  response.statusCode = status;
  return xml(response, 'Error', `<Code>${code}</Code><Message>${code}</Message>`);
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
