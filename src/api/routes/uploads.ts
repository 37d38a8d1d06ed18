/**
 * Uploads in pieces, as the tus protocol 1.0 says (https://tus.io/protocols/resumable-upload): a line that breaks costs
 * what was on its way and not the gigabytes before. What is whole becomes a model or a dataset by its id.
 */
import { Readable } from 'node:stream';
import { Server } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { PROBLEM_TYPE, type Problem } from '../../contracts/problem.ts';
import { BitpressError, type ErrorCode, isBitpressError, toProblem } from '../../errors.ts';
import { problems, type Routes } from '../route.ts';
import { TusDatastore } from '../tus-datastore.ts';

const PATH = '/v1/uploads';
const UploadParams = Type.Object({ upload: Type.String({ pattern: '^[0-9a-f]{32}$' }) });

/** The statuses that tus asks for, in our words. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  403: 'conflict',
  409: 'conflict',
  410: 'gone',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};

export const uploads: Routes = (app, { partial, maxUploadBytes }) => {
  const tus = new Server({
    path: PATH,
    datastore: new TusDatastore(partial),
    maxSize: maxUploadBytes,
    relativeLocation: true,
    // Browsers of other origins are not among the clients.
    allowedOrigins: [],
    onResponseError: (_request, error) => ({
      status_code: isBitpressError(error) ? toProblem(error).status : statusOf(error),
      body: isBitpressError(error) ? error.message : bodyOf(error),
    }),
  });

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { method } = request;
    const hasBody = method === 'POST' || method === 'PATCH';
    const answer = await tus.handleWeb(
      new Request(new URL(request.url, 'http://localhost'), {
        method,
        headers: headersOf(request),
        ...(hasBody && { body: Readable.toWeb(request.raw) as ReadableStream, duplex: 'half' }),
      }),
    );
    reply.code(answer.status);
    for (const [name, value] of answer.headers) if (!NOT_PASSED.test(name)) reply.header(name, value);
    const text = await answer.text();
    if (answer.status < 400) return reply.send(text === '' ? undefined : text);
    return reply
      .type(PROBLEM_TYPE)
      .send(Buffer.from(JSON.stringify(problemOf(answer.status, text.trim(), request.id))));
  }

  const schema = (operationId: string, summary: string, status: 200 | 201 | 204) => ({
    schema: {
      operationId,
      tags: ['uploads'],
      summary,
      response: { [status]: Type.Null({ description: 'The tus headers say the rest' }), ...problems },
    },
  });
  const withId = (operationId: string, summary: string, status: 200 | 204) => {
    const { schema: rest } = schema(operationId, summary, status);
    return { schema: { ...rest, params: UploadParams } };
  };

  app.addContentTypeParser('application/offset+octet-stream', (_request, payload, done) =>
    done(null, payload),
  );
  app.post(
    PATH,
    schema('createUpload', 'Begin a resumable upload: Upload-Length, and Upload-Metadata with filename', 201),
    handle,
  );
  app.options(PATH, schema('describeUploads', 'What of tus is understood', 204), handle);
  app.head(
    `${PATH}/:upload`,
    withId('uploadOffset', 'How much of an upload is here: Upload-Offset', 200),
    handle,
  );
  app.patch(`${PATH}/:upload`, withId('continueUpload', 'The bytes from Upload-Offset on', 204), handle);
  app.delete(`${PATH}/:upload`, withId('deleteUpload', 'Give an upload up', 204), handle);
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

function problemOf(status: number, detail: string, instance: string): Problem {
  const code =
    status === 507 ? 'storage_full' : (CODES[status] ?? (status < 500 ? 'invalid_request' : 'internal'));
  const body = toProblem(new BitpressError(code, detail === '' ? 'the upload failed' : detail));
  return { type: `/docs#${code}`, ...body, status, instance };
}
