/**
 * Uploads in pieces, as the tus protocol 1.0 says (https://tus.io/protocols/resumable-upload): a line that breaks costs
 * what was on its way and not the gigabytes before. What is whole becomes a model or a dataset by its id.
 */
import { Readable } from 'node:stream';
import { Server } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { BitpressError, type ErrorCode, isBitpressError, toProblem } from '../../errors.ts';
import type { Owner } from '../../jobs/ownership.ts';
import { type Answer, body, empty, unchecked } from '../components.ts';
import { sendProblem } from '../problem-handler.ts';
import { problems, type ShownCode } from '../problems.ts';
import type { Routes } from '../route.ts';
import { TusDatastore } from '../tus-datastore.ts';
import {
  ContinueRequest,
  CreateRequest,
  TUS_ANSWER,
  TUS_DESCRIPTION,
  TUS_STATE,
  TUS_VERSION,
  TusRequest,
  UPLOAD_LOCATION,
} from '../tus-headers.ts';
import { isUploadOf, newUploadId } from '../upload-ids.ts';

const PATH = '/v1/uploads';
const UploadParams = Type.Object({ upload: Type.String({ pattern: '^[0-9a-f]{32}$' }) });

/** The statuses that tus asks for, in our words. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  403: 'invalid_request',
  409: 'conflict',
  410: 'gone',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

export const uploads: Routes = (app, { partial, maxUploadBytes }) => {
  /** Of requests that are being answered. */
  const owners = new WeakMap<Request, Owner>();
  const tus = new Server({
    path: PATH,
    datastore: new TusDatastore(partial),
    maxSize: maxUploadBytes,
    relativeLocation: true,
    namingFunction: request => newUploadId(owners.get(request)),
    // Browsers of other origins are not among the clients.
    allowedOrigins: [],
    onResponseError: (_request, error) => ({
      status_code: isBitpressError(error) ? toProblem(error).status : statusOf(error),
      body: isBitpressError(error) ? error.message : bodyOf(error),
    }),
  });

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { method } = request;
    const { upload } = request.params as { upload?: string };
    if (upload !== undefined && !isUploadOf(request.owner, upload))
      throw new BitpressError('not_found', `there is no upload ${upload}`);
    const hasBody = method === 'POST' || method === 'PATCH';
    const asked = new Request(new URL(request.url, 'http://localhost'), {
      method,
      headers: headersOf(request),
      ...(hasBody && { body: Readable.toWeb(request.raw) as ReadableStream, duplex: 'half' }),
    });
    owners.set(asked, request.owner);
    const answer = await tus.handleWeb(asked);
    reply.code(answer.status);
    for (const [name, value] of answer.headers) if (!NOT_PASSED.test(name)) reply.header(name, value);
    const text = await answer.text();
    if (answer.status < 400) return reply.send(text === '' ? undefined : text);
    return sendProblem(problemOf(answer.status, text.trim()), request, reply);
  }

  const schema = (
    operationId: string,
    summary: string,
    status: 200 | 201 | 204,
    headers: Answer['headers'],
    codes: readonly ShownCode[] = [],
  ) => ({
    operationId,
    tags: ['uploads'],
    summary,
    response: { [status]: empty('The headers say the rest', headers), ...problems(...codes) },
  });

  app.addContentTypeParser('application/offset+octet-stream', (_request, payload, done) =>
    done(null, payload),
  );
  app.post(
    PATH,
    {
      schema: {
        ...schema(
          'createUpload',
          'Begin a resumable upload',
          201,
          { ...TUS_ANSWER, location: UPLOAD_LOCATION },
          ['precondition_failed', 'payload_too_large', 'unsupported_media_type', 'storage_full'],
        ),
        headers: CreateRequest,
      },
    },
    handle,
  );
  app.options(
    PATH,
    { schema: schema('describeUploads', 'What of tus is understood', 204, TUS_DESCRIPTION) },
    handle,
  );
  app.head(
    `${PATH}/:upload`,
    {
      schema: {
        ...schema('uploadOffset', 'How much of an upload is here', 200, TUS_STATE, [
          'not_found',
          'gone',
          'precondition_failed',
        ]),
        params: UploadParams,
        headers: TusRequest,
      },
    },
    handle,
  );
  app.patch(
    `${PATH}/:upload`,
    {
      schema: {
        ...schema('continueUpload', 'The bytes from Upload-Offset on', 204, TUS_ANSWER, [
          'not_found',
          'gone',
          'conflict',
          'precondition_failed',
          'payload_too_large',
          'unsupported_media_type',
          'storage_full',
        ]),
        params: UploadParams,
        headers: ContinueRequest,
        ...body({ 'application/offset+octet-stream': unchecked('the bytes from Upload-Offset on') }),
      },
    },
    handle,
  );
  app.delete(
    `${PATH}/:upload`,
    {
      schema: {
        ...schema('deleteUpload', 'Give an upload up', 204, TUS_VERSION, [
          'not_found',
          'gone',
          'precondition_failed',
        ]),
        params: UploadParams,
        headers: TusRequest,
      },
    },
    handle,
  );
};

/** What the framework says itself, and what is for browsers of other origins. */
const NOT_PASSED = /^(access-control-.*|content-type|content-length)$/i;

function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, [value].flat().join(', '));
  return headers;
}

interface TusError {
  readonly status_code?: number;
  readonly body?: string;
}

function statusOf(error: TusError | Error): number {
  return ('status_code' in error && error.status_code) || 500;
}

/** tus' own errors have a body for the client; others keep their message to the log. */
function bodyOf(error: TusError | Error): string {
  return ('body' in error && error.body) || '';
}

function problemOf(status: number, detail: string): BitpressError {
  const code =
    status === 507 ? 'storage_full' : (CODES[status] ?? (status < 500 ? 'invalid_request' : 'internal'));
  return new BitpressError(code, detail === '' ? 'the upload failed' : detail);
}
