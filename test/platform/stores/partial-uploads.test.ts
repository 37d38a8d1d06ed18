import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { partialUploads } from '../../../src/platform/stores/partial-uploads.ts';

const ID = 'a'.repeat(32);
const begun = (id: string, createdAt: string) => ({ id, size: 6, createdAt, filename: 'm.onnx' });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitpress-partial-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what arrived stays when the client goes away, and more is appended', async () => {
  const uploads = partialUploads(folder);
  await uploads.create(begun(ID, new Date().toISOString()));
  const broken = Readable.from(
    (async function* () {
      yield 'abc';
      await sleep(50);
      throw new Error('gone away');
    })(),
  );
  await expect(uploads.append(ID, 0, broken)).rejects.toThrow('gone away');
  expect(await uploads.get(ID)).toMatchObject({ offset: 3, size: 6, filename: 'm.onnx' });
  expect(await uploads.append(ID, 3, Readable.from(['def']))).toBe(6);
  expect(await text(uploads.read(ID))).toBe('abcdef');
});

test('a full disk is storage_full', async () => {
  const uploads = partialUploads(folder);
  await uploads.create(begun(ID, new Date().toISOString()));
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const content = new Readable({ read() {} });
  setImmediate(() => content.destroy(full));
  await expect(uploads.append(ID, 0, content)).rejects.toMatchObject({ code: 'storage_full' });
});

test('old uploads are swept, and bytes that no note belongs to', async () => {
  const uploads = partialUploads(folder);
  const now = Date.now();
  await uploads.create(begun(ID, new Date(now).toISOString()));
  await uploads.create(begun('b'.repeat(32), new Date(now - 100_000).toISOString()));
  writeFileSync(join(folder, 'c'.repeat(32)), 'orphan');
  utimesSync(join(folder, 'c'.repeat(32)), 1, 1);
  expect(await uploads.sweep(now - 60_000)).toBe(2);
  expect(readdirSync(folder).sort()).toEqual([ID, `${ID}.json`]);
});

test('an id that is none of ours reaches no path', async () => {
  const uploads = partialUploads(folder);
  expect(await uploads.get('../keys')).toBeUndefined();
  expect(await uploads.remove('../keys')).toBe(false);
  expect(() => uploads.read('../keys')).toThrow(expect.objectContaining({ code: 'not_found' }));
});
