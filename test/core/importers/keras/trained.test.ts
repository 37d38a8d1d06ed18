/** The trained models give Keras's own outputs and keep Keras's accuracy, from both formats. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fixture, hasFixtures } from '../../../support/fixtures.ts';
import { importFile, runModel } from '../../../support/keras.ts';
import { floatsOf, readNpz } from '../../../support/read-npz.ts';

const FOLDER = 'keras/trained/';
const models: readonly { name: string; eval_correct: number }[] = hasFixtures
  ? JSON.parse(readFileSync(fixture(`${FOLDER}manifest.json`), 'utf8'))
  : [];
const cases = models.flatMap(({ name, eval_correct }) =>
  ['h5', 'keras'].map((format): [string, string, number] => [name, format, eval_correct]),
);

describe.skipIf(!hasFixtures)('trained Keras models (needs the shared fixtures)', () => {
  test.each(cases)('%s.%s', async (name, format, correct) => {
    const model = await importFile(fixture(`${FOLDER}${name}/${name}.${format}`));
    const reference = readNpz(fixture(`${FOLDER}${name}/reference.npz`));
    const [output] = await runModel(model, [reference.get('x')!]);
    const got = floatsOf(output!);
    const want = floatsOf(reference.get('y')!);
    expect(Math.max(...want.map((value, index) => Math.abs(value - got[index]!)))).toBeLessThan(1e-4);
    expect(classes(got)).toEqual(classes(want));

    const evaluation = readNpz(fixture(`${FOLDER}${name}/eval.npz`));
    const [scores] = await runModel(model, [evaluation.get('x')!]);
    const labels = floatsOf(evaluation.get('y')!);
    expect(classes(floatsOf(scores!)).filter((found, index) => found === labels[index])).toHaveLength(
      correct,
    );
  });
});

/** Index of the largest of every ten scores. */
function classes(scores: Float32Array): readonly number[] {
  return Array.from({ length: scores.length / 10 }, (_, row) => {
    const ten = scores.subarray(row * 10, row * 10 + 10);
    return ten.indexOf(Math.max(...ten));
  });
}
