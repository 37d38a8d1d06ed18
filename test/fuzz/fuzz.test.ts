/**
 * A seeded piece of the fuzzer in every run of the suite. Campaigns are run by hand: see docs/fuzzing.md.
 *
 * BITPRESS_FUZZ_SEED takes another seed, BITPRESS_FUZZ_CASES more cases.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RICH_MODEL } from '../support/rich-model.ts';
import { loadCorpus } from './corpus.ts';
import { exerciseReader } from './exercise-reader.ts';
import { caseOf } from './mutants.ts';
import { readTree, writeTree } from './mutate/message-tree.ts';

const SEED = Number(process.env.BITPRESS_FUZZ_SEED ?? 20_261_124);
const CASES = Number(process.env.BITPRESS_FUZZ_CASES ?? 300);

test('a tree that is not edited is written as it was read', () => {
  const example = readFileSync(new URL('../../examples/fashion-mbv2/model.onnx', import.meta.url));
  for (const bytes of [RICH_MODEL, example])
    expect(Buffer.compare(writeTree(readTree(bytes)), bytes)).toBe(0);
});

const corpus = await loadCorpus({ small: true });

test('the same seed gives the same mutants', () => {
  const mutants = () => Array.from({ length: 40 }, (_, index) => Buffer.from(caseOf(corpus, 7, index).bytes));
  expect(mutants()).toEqual(mutants());
});

test(`${CASES} mutants: each is planned and written, or refused by a code of the catalogue`, async () => {
  const ended = new Map<string, number>();
  for (let index = 0; index < CASES; index++) {
    const { code } = await exerciseReader(caseOf(corpus, SEED, index)).catch((error: unknown) => {
      throw new Error(`seed ${SEED}, case ${index}`, { cause: error });
    });
    ended.set(code, (ended.get(code) ?? 0) + 1);
  }
  // Mutants that are all refused at the door would test nothing behind it.
  expect(ended.get('ok') ?? 0).toBeGreaterThan(CASES / 10);
  expect(ended.size).toBeGreaterThan(4);
});
