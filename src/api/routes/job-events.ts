/**
 * Server-sent events: the job's view whenever it changes, until it is over.
 *
 * An event's id is the hash of the view in it, so resuming with Last-Event-ID needs no memory of any server: what the
 * client has seen is not sent again, and what it missed is in the present view.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobView } from '../../contracts/job.ts';
import { BitpressError } from '../../errors.ts';
import { isOver } from '../../jobs/job-view.ts';
import type { Jobs } from '../../jobs/queue.ts';
import { empty, type Shown, unchecked } from '../components.ts';
import { EVENTS_EXAMPLE } from '../examples.ts';
import { EventsRequest } from '../headers.ts';
import { problems } from '../problems.ts';
import { clientOrServerGone, IdParams, idOf, owned, type Routes } from '../route.ts';

/** A stream has no schema that OpenAPI 3.1 could say. */
const EVENTS: Shown = unchecked(EVENTS_EXAMPLE);
const LOOK_MS = 500;
/** Proxies cut a silent connection after about a minute. */
const HEARTBEAT_MS = 15_000;

export const jobEvents: Routes = (app, deps) => {
  app.get(
    '/v1/jobs/:id/events',
    {
      schema: {
        operationId: 'streamJob',
        tags: ['jobs'],
        summary: 'Follow a job by server-sent events',
        description:
          'Each event "job" holds the whole view. Resumable with Last-Event-ID; ends when the job is over.',
        params: IdParams,
        headers: EventsRequest,
        response: {
          200: { description: 'Events', content: { 'text/event-stream': EVENTS } },
          204: empty('The job is over, and the client has seen its end: it need not come again'),
          ...problems('not_found'),
        },
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      const { jobs } = owned(request, deps);
      const view = await jobs.get(id);
      if (!view) throw new BitpressError('not_found', `there is no job ${id}`);
      const seen = [request.headers['last-event-id'] ?? ''].flat()[0] ?? '';
      // HTML, 9.2: "Clients will reconnect if the connection is closed; a client can be told to stop reconnecting using
      // the HTTP 204 No Content response code."
      if (isOver(view) && eventOf(view).id === seen) return reply.code(204).send();
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(Readable.from(follow(jobs, view, seen, clientOrServerGone(request, deps))));
    },
  );
};

function eventOf(view: JobView): { readonly data: string; readonly id: string } {
  const data = JSON.stringify(view);
  return { data, id: createHash('sha256').update(data).digest('hex').slice(0, 16) };
}

async function* follow(
  jobs: Jobs,
  first: JobView,
  seen: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let view: JobView | undefined = first;
  let last = seen;
  let silentSince = performance.now();
  while (view && !signal.aborted) {
    const { data, id } = eventOf(view);
    if (id !== last) {
      yield `event: job\nid: ${id}\ndata: ${data}\n\n`;
      silentSince = performance.now();
    } else if (performance.now() - silentSince > HEARTBEAT_MS) {
      yield ': still here\n\n';
      silentSince = performance.now();
    }
    last = id;
    if (isOver(view)) return;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    // A queue that is away for a moment ends nothing: the client hears from it when it is back.
    view = await jobs.get(first.id).catch(() => view);
  }
}
