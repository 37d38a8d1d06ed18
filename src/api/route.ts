/** What a file of routes/ exports: its routes, registered on the application. One line in routes/index.ts adds it. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { closed, Digest } from '../contracts/common.ts';
import { ownedStore } from '../jobs/ownership.ts';
import type { ApiDeps } from './deps.ts';

export type Routes = (app: FastifyInstance, deps: ApiDeps) => void;

export const IdParams = Type.Object({ id: Digest });

/** The services as the request's owner sees them: what is not its own is not there. */
export function owned(request: FastifyRequest, deps: ApiDeps): ApiDeps {
  const { owner } = request;
  return { ...deps, jobs: { ...deps.jobs, ...deps.jobs.of(owner) }, store: ownedStore(deps.store, owner) };
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** It begins and changes nothing (RFC 9110, 9.2.1). */
export function isRead({ method }: FastifyRequest): boolean {
  return READS.has(method);
}

export function idOf(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

/** Before any route: one that says nothing of its query takes none, so that a misspelt parameter is named, not ignored. */
export function closeQueries(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    route.schema = { querystring: Type.Object({}, closed), ...route.schema };
  });
}

const responses = new WeakMap<object, ServerResponse>();

/** Before any route. */
export function watchClients(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    responses.set(request, reply.raw);
    done();
  });
}

/** Aborted when the client goes away; made for those that ask, since most requests end before their client could. */
export function clientGone(request: FastifyRequest): AbortSignal {
  return closing(request, undefined);
}

/** The same, or when the server stops: for what would keep it from ending. */
export function clientOrServerGone(request: FastifyRequest, { draining }: ApiDeps): AbortSignal {
  return closing(request, draining);
}

function closing(request: FastifyRequest, draining: AbortSignal | undefined): AbortSignal {
  const response = responses.get(request);
  if (!response) throw new Error('watchClients is not installed');
  const abort = new AbortController();
  const end = (): void => abort.abort();
  // It closes when it is done, or early when the client goes away.
  response.once('close', () => {
    draining?.removeEventListener('abort', end);
    end();
  });
  draining?.addEventListener('abort', end, { once: true });
  if (response.closed || draining?.aborted) end();
  return abort.signal;
}
