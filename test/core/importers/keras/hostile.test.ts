/** Broken and malicious files: each has the outcome that its manifest asks for, quickly, in little memory. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type BitpressError, CATALOGUE, isBitpressError } from '../../../../src/errors.ts';
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
  test.each([
    ['h5_weight_shape_mismatch.h5', 'kernel', 'The weights of the file are not those of its layers.'],
    ['h5_missing_weight_dataset.h5', 'kernel', 'The weights of the file are not those of its layers.'],
    ['config_units_negative.h5', 'units', 'mend this layer where the model is built'],
    ['config_cycle.h5', 'inbound_nodes', 'mend this layer where the model is built'],
  ])('%s: the error names %s and says what to do', async (name, field, advice) => {
    await expect(importFile(fixture(FOLDER + name))).rejects.toMatchObject({
      code: 'model_invalid',
      place: { node: expect.any(String), field },
      hint: expect.stringContaining(advice),
    });
  });

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
      // The catalogue's own hint is for ONNX files.
      expect((outcome as BitpressError).hint).not.toBe(CATALOGUE.model_invalid.hint);
      return;
    }
    expect(entry.expect).not.toBe('refuse');
    const io = readNpz(fixture(FOLDER + entry.io));
    const [output] = await runModel(outcome as Awaited<ReturnType<typeof importFile>>, [io.get('in0_b0')!]);
    expect(worstError(output!, io.get('out0_b0')!, { atol: 2e-5, rtol: 1e-4 })).toBeLessThanOrEqual(1);
  });
});
