/** What a file of routes/ exports: its routes, registered on the application. One line in routes/index.ts adds it. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Digest } from '../contracts/common.ts';
import { PROBLEM_TYPE } from '../contracts/problem.ts';
import type { ApiDeps } from './deps.ts';

export type Routes = (app: FastifyInstance, deps: ApiDeps) => void;

export const IdParams = Type.Object({ id: Digest });

const problem = {
  description: 'Problem details (RFC 9457)',
  content: { [PROBLEM_TYPE]: { schema: Type.Ref('Problem#') } },
} as const;

/** Any status of an error: one form for all. */
export const problems = { '4xx': problem, '5xx': problem } as const;

export function idOf(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

/** Aborted when the client goes away. */
export function clientGone(request: FastifyRequest): AbortSignal {
  const abort = new AbortController();
  request.raw.socket.once('close', () => abort.abort());
  return abort.signal;
}
