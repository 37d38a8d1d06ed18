/**
 * Pages over an owner's jobs, the last submitted first. The cursor is the id that the page begins after.
 *
 * Jobs are found by their documents and shown as the queue has them; one that the queue has forgotten is left out.
 */
import type { JobState, JobView } from '../contracts/job.ts';
import type { ApiDeps } from './deps.ts';
import { newestFirst } from './list-documents.ts';

/** Jobs that one request looks at; a rare state may give a page that is short and has a next one. */
const MAX_LOOKED_AT = 500;
const AT_ONCE = 25;

export interface JobQuery {
  readonly state?: JobState;
  readonly model?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export async function listJobs({ store, jobs }: ApiDeps, { state, model, limit = 50, cursor }: JobQuery) {
  const { ids, start } = await newestFirst(store, 'jobs', cursor);
  const items: JobView[] = [];
  const end = Math.min(ids.length, start + MAX_LOOKED_AT);
  for (let at = start; at < end; at += AT_ONCE) {
    const views = await Promise.all(ids.slice(at, Math.min(at + AT_ONCE, end)).map(id => jobs.get(id)));
    for (const [index, view] of views.entries()) {
      if (!view || (state && view.state !== state) || (model && view.model !== model)) continue;
      items.push(view);
      const seen = at + index;
      if (items.length === limit) return { items, ...(seen + 1 < ids.length && { next: ids[seen]! }) };
    }
  }
  return { items, ...(end < ids.length && { next: ids[end - 1]! }) };
}
