/** Broken and malicious files: each has the outcome that its manifest asks for, quickly, in little memory. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isBitpressError } from '../../../../src/errors.ts';
import { fixture, hasFixtures } from '../../../support/fixtures.ts';
import { importFile, runModel, worstError } from '../../../support/keras.ts';
import { readNpz } from '../../../support/read-npz.ts';

interface Entry {
  readonly name: string;
  readonly file: string;
  readonly kind: string;
  readonly expect: 'refuse' | 'refuse_or_ok' | 'ok';
  readonly must: { readonly max_seconds: number };
  readonly forbidden: readonly string[];
  readonly io?: string;
}

const FOLDER = 'keras/hostile/';
const MEGABYTE = 2 ** 20;
const MAX_RESIDENT_MEGABYTES = 512;
const entries: readonly Entry[] = hasFixtures
  ? (JSON.parse(readFileSync(fixture(`${FOLDER}manifest.json`), 'utf8')) as Entry[])
  : [];
// A file that overflows the HDF5 library's stack ends its use in this process, as it ends a job: it comes last.
const ordered = [...entries].sort((a, b) => Number(a.kind === 'loop') - Number(b.kind === 'loop'));

describe.skipIf(!hasFixtures)('hostile Keras files (needs the shared fixtures)', () => {
  test.each(ordered.map((entry): [string, Entry] => [entry.name, entry]))('%s', async (_, entry) => {
    const started = performance.now();
    const outcome = await importFile(fixture(FOLDER + entry.file)).catch((error: unknown) => error);
    expect(performance.now() - started).toBeLessThan(entry.must.max_seconds * 1000);
    expect(process.memoryUsage().rss / MEGABYTE).toBeLessThan(MAX_RESIDENT_MEGABYTES);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    for (const marker of entry.forbidden.flatMap(text => /^(\S+) exists$/.exec(text)?.[1] ?? []))
      expect(existsSync(marker)).toBe(false);
    if (outcome instanceof Error) {
      expect(isBitpressError(outcome) && outcome.code).toMatch(/^model_/);
      expect(entry.expect).not.toBe('ok');
      return;
    }
    expect(entry.expect).not.toBe('refuse');
    const io = readNpz(fixture(FOLDER + entry.io));
    const [output] = await runModel(outcome as Awaited<ReturnType<typeof importFile>>, [io.get('in0_b0')!]);
    expect(worstError(output!, io.get('out0_b0')!, { atol: 2e-5, rtol: 1e-4 })).toBeLessThanOrEqual(1);
  });
});
