import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ledger, memoryLedger, redisLedger } from '../../src/jobs/ledger.ts';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts';

describe.each(['memory', 'redis'] as const)('%s', kind => {
  describe.skipIf(kind === 'redis' && !hasRedis)('(redis needs redis-server on the PATH)', () => {
    let server: TestRedis | undefined;
    let client: Redis | undefined;
    let ledger: Ledger;
    beforeAll(async () => {
      if (kind === 'redis') {
        server = await startRedis();
        client = new Redis(server.url);
        ledger = redisLedger(client, 'test');
      } else ledger = memoryLedger();
    });
    afterAll(async () => {
      client?.disconnect();
      await server?.stop();
    });

    test('counts within a window, which begins anew when it is over', async () => {
      const counts = [];
      for (let turn = 0; turn < 3; turn++) counts.push(await ledger.count('a', 200));
      expect(counts.map(({ count }) => count)).toEqual([1, 2, 3]);
      for (const { resetMs } of counts) {
        expect(resetMs).toBeGreaterThan(0);
        expect(resetMs).toBeLessThanOrEqual(200);
      }
      expect((await ledger.count('b', 200)).count).toBe(1);
      await sleep(230);
      expect((await ledger.count('a', 200)).count).toBe(1);
    });

    test('the first claim stands until it ends or is released', async () => {
      expect(await ledger.claim('x', 'first', 200)).toBe('first');
      expect(await ledger.claim('x', 'second', 200)).toBe('first');
      await sleep(230);
      expect(await ledger.claim('x', 'third', 10_000)).toBe('third');
      await ledger.release('x');
      expect(await ledger.claim('x', 'fourth', 10_000)).toBe('fourth');
    });
  });
});
