/** The models of test/fixtures/keras: layers and ways of calling them that the conformance set does not have. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { importFile, runModel, worstError } from '../../../support/keras.ts';
import { readNpz } from '../../../support/read-npz.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/keras/', import.meta.url));
const files = readdirSync(FOLDER).filter(name => /\.(h5|keras)$/.test(name));
const EXACT = { atol: 2e-5, rtol: 1e-4 };
/** Keras rounds to float16 after each layer, the import only at the outputs. */
const HALF = { atol: 1e-2, rtol: 2e-2 };

describe('models written by Keras', () => {
  test.each(files.filter(name => !name.startsWith('refuse')))(
    '%s computes what Keras computes',
    async file => {
      const model = await importFile(FOLDER + file);
      const io = readNpz(FOLDER + file.replace(/\.\w+$/, '.npz'));
      const arrays = (kind: string) =>
        [...io].filter(([name]) => new RegExp(`^${kind}\\d+(_b0)?$`).test(name)).map(([, array]) => array);
      const outputs = await runModel(model, arrays('in'));
      const wanted = arrays('out');
      expect(outputs.map(({ dims }) => dims)).toEqual(wanted.map(({ dims }) => dims));
      const tolerance = file.includes('float16') ? HALF : EXACT;
      outputs.forEach((output, index) => {
        expect(worstError(output, wanted[index]!, tolerance)).toBeLessThanOrEqual(1);
      });
    },
  );

  test('inputs and outputs keep their names, order, types and shapes', async () => {
    const { graph } = await importFile(`${FOLDER}passed_through.keras`);
    const describeValue = ({ name, dtype, dims }: (typeof graph.inputs)[number]) => ({ name, dtype, dims });
    expect(graph.inputs.map(describeValue)).toEqual([
      { name: 'ant', dtype: 'int32', dims: ['batch', 4] },
      { name: 'zebra', dtype: 'float32', dims: ['batch', 4] },
    ]);
    expect(graph.outputs.map(describeValue)).toEqual([
      { name: 'twice', dtype: 'float32', dims: ['batch', 3] },
      { name: 'zebra_1', dtype: 'float32', dims: ['batch', 4] },
      { name: 'twice_1', dtype: 'float32', dims: ['batch', 3] },
      { name: 'rescaling', dtype: 'float32', dims: ['batch', 4] },
    ]);
  });

  test('a layer that computes in float16 keeps its output type', async () => {
    const { graph } = await importFile(`${FOLDER}mixed_float16.keras`);
    expect(graph.outputs.map(({ dtype }) => dtype)).toEqual(['float16', 'float32']);
  });

  test('Python code is refused by the name of its layer', async () => {
    await expect(importFile(`${FOLDER}refuse_lambda.h5`)).rejects.toMatchObject({
      code: 'model_unsupported',
      place: { node: 'lam' },
      hint: expect.stringContaining('Replace the Lambda layer'),
    });
  });

  test('a custom class under a built-in name is refused', async () => {
    await expect(importFile(`${FOLDER}refuse_custom_shadow_dense.keras`)).rejects.toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('acme>Dense'),
    });
  });
});
