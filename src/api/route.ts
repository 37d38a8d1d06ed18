/** What a file of routes/ exports: its routes, registered on the application. One line in routes/index.ts adds it. */
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

export function idOf(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

/** Before any route: one that says nothing of its query takes none, so that a misspelt parameter is named, not ignored. */
export function closeQueries(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    route.schema = { querystring: Type.Object({}, closed), ...route.schema };
  });
}

const clients = new WeakMap<object, AbortSignal>();

/** Before any route: the response closes when it is done, or early when the client goes away. */
export function watchClients(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const abort = new AbortController();
    clients.set(request, abort.signal);
    reply.raw.once('close', () => abort.abort());
  });
}

/** Aborted when the client goes away. */
export function clientGone(request: FastifyRequest): AbortSignal {
  const signal = clients.get(request);
  if (!signal) throw new Error('watchClients is not installed');
  return signal;
}
