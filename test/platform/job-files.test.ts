/** Sources of a job's files: read by position, and holding nothing open. */
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jobFiles } from '../../src/platform/job-files.ts';

const DESCRIPTORS = '/proc/self/fd';
const SOURCES = 16;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function written(name: string, bytes: readonly number[]): string {
  const path = join(directory, name);
  writeFileSync(path, Uint8Array.from(bytes));
  return path;
}

test('a source is read by position', () => {
  const source = jobFiles.source(written('weights', [1, 2, 3, 4, 5]));
  expect(source.byteLength).toBe(5);
  expect([...source.read(1, 3)]).toEqual([2, 3, 4]);
  expect([...source.read(0, 0)]).toEqual([]);
});

test('a file that was cut is refused', () => {
  const source = jobFiles.source(written('weights', [1, 2, 3, 4, 5]));
  written('weights', [1, 2]);
  expect(() => source.read(1, 3)).toThrow('a data file ends before byte 4');
});

/** Descriptors of this process that lead into the directory. */
function openHere(): readonly string[] {
  return readdirSync(DESCRIPTORS).flatMap(fd => {
    // The one that lists them is gone by then.
    const target = existsSync(join(DESCRIPTORS, fd)) ? readlinkSync(join(DESCRIPTORS, fd)) : '';
    return target.startsWith(directory) ? [target] : [];
  });
}

// Other systems do not list a process's own descriptors as files.
test.skipIf(!existsSync(DESCRIPTORS))('reading leaves no descriptor open, nor does a failed read', () => {
  const sources = Array.from({ length: SOURCES }, (_, index) =>
    jobFiles.source(written(`weights-${index}`, [1, 2, 3])),
  );
  for (const source of sources) {
    source.read(0, 2);
    source.read(1, 2);
    expect(() => source.read(2, 2)).toThrow();
  }
  expect(openHere()).toEqual([]);
});
