/**
 * Small facts that all servers must agree on: how often a key was used, which request came first.
 *
 * Invariant: every fact has a lifetime. On Redis all servers share it; with the embedded queue there is one server.
 */
import type { Redis } from 'ioredis';

export interface Count {
  readonly count: number;
  /** Until counting begins anew. */
  readonly resetMs: number;
}

export interface Ledger {
  /** Counts one more in the window that began with the first one. */
  count(key: string, windowMs: number): Promise<Count>;
  /** Writes the value where there is none. @returns the value that stands there now */
  claim(key: string, value: string, lifetimeMs: number): Promise<string>;
  release(key: string): Promise<void>;
}

/** Entries that have ended are thrown away when there are this many. */
const SWEEP_AT = 10_000;

export function memoryLedger(now: () => number = () => performance.now()): Ledger {
  const entries = new Map<string, { value: string; count: number; readonly ends: number }>();
  const live = (key: string) => {
    const entry = entries.get(key);
    if (entry && entry.ends > now()) return entry;
    entries.delete(key);
    if (entries.size > SWEEP_AT)
      for (const [old, { ends }] of entries) if (ends <= now()) entries.delete(old);
    return undefined;
  };
  const begin = (key: string, value: string, lifetimeMs: number) => {
    const entry = { value, count: 0, ends: now() + lifetimeMs };
    entries.set(key, entry);
    return entry;
  };
  return {
    async count(key, windowMs) {
      const entry = live(key) ?? begin(key, '', windowMs);
      entry.count++;
      return { count: entry.count, resetMs: entry.ends - now() };
    },
    async claim(key, value, lifetimeMs) {
      return (live(key) ?? begin(key, value, lifetimeMs)).value;
    },
    async release(key) {
      entries.delete(key);
    },
  };
}

export function redisLedger(redis: Redis, prefix: string): Ledger {
  const at = (key: string): string => `${prefix}:${key}`;
  return {
    async count(key, windowMs) {
      const answers = await redis
        .multi()
        .set(at(key), 0, 'PX', windowMs, 'NX')
        .incr(at(key))
        .pttl(at(key))
        .exec();
      const [, count, resetMs] = (answers ?? []).map(([, answer]) => Number(answer));
      return { count: count ?? 0, resetMs: Math.max(0, resetMs ?? 0) };
    },
    async claim(key, value, lifetimeMs) {
      if ((await redis.set(at(key), value, 'PX', lifetimeMs, 'NX')) !== null) return value;
      // It may have ended between the two.
      return (await redis.get(at(key))) ?? value;
    },
    async release(key) {
      await redis.del(at(key));
    },
  };
}
