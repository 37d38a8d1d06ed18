/**
 * The connections that were opened on a backend, closed together.
 *
 * Invariant: closing ends, also when the other side is gone and would never answer.
 */
const CLOSE_MS = 2_000;

interface Connection {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
  disconnect(): unknown;
}

export interface Opened {
  keep<T extends Connection>(connection: T): T;
  close(): Promise<void>;
}

export function opened(onError: (error: Error) => void): Opened {
  const connections: Connection[] = [];
  return {
    keep(connection) {
      connection.on('error', onError);
      connections.push(connection);
      return connection;
    },
    async close() {
      await within(CLOSE_MS, Promise.allSettled(connections.map(connection => connection.close())));
      await within(CLOSE_MS, Promise.allSettled(connections.map(connection => connection.disconnect())));
    },
  };
}

/** Waits for the work, but no longer than `milliseconds`. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise(resolve => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
