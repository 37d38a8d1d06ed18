import { expect, test } from 'vitest';
import { TakenNames } from '../../../src/core/ir/names.ts';

test('the first free number is given, past names that were there before', () => {
  const names = new TakenNames();
  for (const name of ['a', 'a_2']) names.add(name);
  expect(['a', 'a', 'b', 'a_1', 'a'].map(wish => names.claim(wish))).toEqual([
    'a_1',
    'a_3',
    'b',
    'a_1_1',
    'a_4',
  ]);
});

test('two hundred thousand wishes for one name are no work: a file may hold so many nodes of one name', () => {
  const names = new TakenNames();
  const began = performance.now();
  for (let count = 0; count < 200_000; count++) names.claim('node');
  // A search from 1 for each would take minutes.
  expect(performance.now() - began).toBeLessThan(5_000);
});
