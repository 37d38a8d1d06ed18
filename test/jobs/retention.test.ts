import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GRACE_MS, sweep } from '../../src/jobs/retention.ts';
import { fileStore } from '../../src/platform/stores/fs.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-sweep-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const HOUR_MS = 3_600_000;

test('documents go after their time, and content that nothing names goes with them', async () => {
  const store = fileStore(root);
  const put = async (text: string, ageHours: number): Promise<string> => {
    const { sha256 } = await store.put(Readable.from([text]));
    age(join('blobs', sha256.slice(0, 2), sha256), ageHours);
    return sha256;
  };
  const age = (path: string, hours: number): void => {
    const seconds = (Date.now() - hours * HOUR_MS) / 1000;
    utimesSync(join(root, path), seconds, seconds);
  };
  const named = await put('named', 100);
  const expired = await put('expired', 100);
  const orphan = await put('orphan', 2);
  const fresh = await put('fresh', 0);
  await store.putDocument('models', named, { files: [{ name: 'm', sha256: named, bytes: 5 }] });
  await store.putDocument('results', expired, { artifacts: [{ name: 'm', sha256: expired, bytes: 7 }] });
  age(join('results', `${expired}.json`), 49);

  expect(GRACE_MS).toBe(HOUR_MS);
  expect(await sweep(store, 48, Date.now())).toEqual({ documents: 1, blobs: 2, partial: 0 });
  expect(await store.stat(named)).toBeDefined();
  expect(await store.stat(fresh)).toBeDefined();
  expect(await store.stat(expired)).toBeUndefined();
  expect(await store.stat(orphan)).toBeUndefined();
});
