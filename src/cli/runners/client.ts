/**
 * Talks to a Bitpress server.
 *
 * Invariant: a problem document of the server comes out as the BitpressError it was; a server that cannot be reached is
 * named with its address.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PROBLEM_TYPE } from '../../contracts/problem.ts';
import { BitpressError, CATALOGUE, type ErrorCode, fromProblem, type ProblemBody } from '../../errors.ts';
import type { Multipart } from './multipart.ts';

export interface Client {
  json<T>(path: string, options?: RequestOptions): Promise<T>;
  download(path: string, target: string, signal: AbortSignal): Promise<void>;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly form?: Multipart;
  readonly signal?: AbortSignal;
}

export function client(server: string, key: string | undefined): Client {
  async function request(path: string, { method = 'GET', form, signal }: RequestOptions): Promise<Response> {
    const headers: Record<string, string> = {
      accept: `application/json, ${PROBLEM_TYPE}`,
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(form && { 'content-type': form.contentType }),
    };
    let response: Response;
    try {
      response = await fetch(new URL(path, server), {
        method,
        headers,
        ...(signal && { signal }),
        // A streamed body needs "half": the answer comes when the upload has ended.
        ...(form && { body: Readable.toWeb(Readable.from(form.body)) as ReadableStream, duplex: 'half' }),
      });
    } catch (error) {
      if (signal?.aborted) throw new BitpressError('cancelled', 'cancelled');
      const { cause } = error as { cause?: { code?: string } };
      throw new BitpressError(
        'server_unreachable',
        `${server} does not answer (${cause?.code ?? String(error)})`,
        {
          cause: error,
        },
      );
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }
  return {
    json: async <T>(path: string, options: RequestOptions = {}) =>
      (await (await request(path, options)).json()) as T,
    async download(path, target, signal) {
      const response = await request(path, { signal });
      if (!response.body) throw new BitpressError('internal', `the server sent nothing for ${path}`);
      await pipeline(Readable.fromWeb(response.body as never), createWriteStream(target, { flags: 'wx' }));
    },
  };
}

async function problemOf(response: Response): Promise<BitpressError> {
  const body = (await response.json().catch(() => undefined)) as Partial<ProblemBody> | undefined;
  if (typeof body?.code === 'string' && body.code in CATALOGUE)
    return fromProblem({ detail: '', hint: '', ...body, code: body.code as ErrorCode } as ProblemBody);
  return new BitpressError('internal', `the server answered ${response.status} ${response.statusText}`);
}
