/**
 * PGlite as the connection pool that BullMQ's PostgreSQL backend expects: the one in-process session stands for every
 * client of the pool.
 *
 * Invariant: nobody but the migration opens a transaction, and it runs before the pool is shared.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { PgNotification, PgPool, PgPoolClient, PgQueryResult } from 'bullmq';
import type { QueueChanges } from './queue-changes.ts';

type Listener = (message: PgNotification) => void;

export function pglitePool(database: PGlite, changes: QueueChanges): PgPool {
  const send = async <R>(text: string, params: readonly unknown[]): Promise<PgQueryResult<R>> => {
    if (params.length > 0) return answer(await database.query<R>(text, [...params]));
    // The simple protocol: a migration is many statements in one text.
    const results = await database.exec(text);
    return answer(results.at(-1));
  };
  // biome-ignore lint/suspicious/noExplicitAny: the generic default of BullMQ's own interface
  const query = async <R = any>(text: string, params: readonly unknown[] = []): Promise<PgQueryResult<R>> => {
    changes.note(text, params);
    try {
      return await send(text, params);
    } finally {
      changes.note(text, params);
    }
  };

  const connect = async (): Promise<PgPoolClient> => {
    const listeners = new Map<Listener, () => void>();
    const client: PgPoolClient = {
      query,
      on(event: string, listener: unknown) {
        if (event === 'notification') {
          const notify = listener as Listener;
          listeners.set(
            notify,
            database.onNotification((channel, payload) => notify({ channel, payload })),
          );
        }
        return client;
      },
      removeListener(_event: string, listener: Listener) {
        listeners.get(listener)?.();
        listeners.delete(listener);
        return client;
      },
      removeAllListeners() {
        for (const stop of listeners.values()) stop();
        listeners.clear();
        return client;
      },
      release() {
        client.removeAllListeners();
      },
    };
    return client;
  };

  const pool: PgPool & { readonly options: { readonly keepAlive: true } } = {
    // In process: a connection that cannot drop needs no polling.
    options: { keepAlive: true },
    query,
    connect,
    end: async () => {},
    on: () => pool,
    removeAllListeners: () => pool,
  };
  return pool;
}

function answer<R>(
  result: { rows: unknown[]; affectedRows?: number | undefined } | undefined,
): PgQueryResult<R> {
  const rows = (result?.rows ?? []) as R[];
  return { rows, rowCount: rows.length > 0 ? rows.length : (result?.affectedRows ?? 0) };
}
