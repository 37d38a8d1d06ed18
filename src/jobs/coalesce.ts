/**
 * Reads of the same thing by many at once, made one.
 *
 * Invariant: a read begins after every call that it answers, so nobody is told what was before he asked; a cache could
 * not promise that. A key is read once in `pauseMs` at most: calls that come in the pause after a read share the one that
 * follows it.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export function coalesce<R>(read: (key: string) => Promise<R>, pauseMs: number): (key: string) => Promise<R> {
  const pauses = new Map<string, Promise<void>>();
  const following = new Map<string, Promise<R>>();
  const begin = (key: string): Promise<R> => {
    following.delete(key);
    pauses.set(
      key,
      sleep(pauseMs).then(() => void pauses.delete(key)),
    );
    return read(key);
  };
  return key => {
    const shared = following.get(key);
    if (shared) return shared;
    const pause = pauses.get(key);
    if (!pause) return begin(key);
    const next = pause.then(() => begin(key));
    following.set(key, next);
    return next;
  };
}
