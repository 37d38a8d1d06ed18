/** TensorFlow.js as the engine of Keras models: what the table of layers lets through computes what Keras computes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { kerasImporter } from '../../src/core/importers/keras/index.ts';
import { tfjsRuntime } from '../../src/platform/tfjs-runtime.ts';
import { fixture, hasFixtures } from '../support/fixtures.ts';
import { worstError } from '../support/keras.ts';
import { readNpz } from '../support/read-npz.ts';

const OWN = fileURLToPath(new URL('../fixtures/keras/', import.meta.url));
const installed = tfjsRuntime.version !== 'not installed';
const directory = mkdtempSync(join(tmpdir(), 'bitpress-tfjs-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Largest error of any output over its tolerance; why the engine does not take the model, where it does not. */
async function errorOf(model: string, arrays: string): Promise<number | string> {
  const bytes = new Uint8Array(readFileSync(model));
  const source = { name: model, bytes: () => bytes, companions: new Map() };
  const prepared = await kerasImporter.forEngine!(source).catch((error: Error) => error.message);
  if (typeof prepared === 'string') return prepared;
  writeFileSync(join(directory, 'model.json'), prepared.json);
  writeFileSync(join(directory, prepared.weightsName), Buffer.concat(prepared.weights));
  const session = await tfjsRuntime.open(join(directory, 'model.json'), { optimization: 'all' });
  const io = readNpz(arrays);
  const of = (kind: string, index: number) => io.get(`${kind}${index}`) ?? io.get(`${kind}${index}_b0`)!;
  const feeds = session.inputs.map(({ name }, index) => [name, of('in', index)] as const);
  const results = await session.run(Object.fromEntries(feeds));
  await session.close();
  const tolerance = model.includes('float16') ? { atol: 1e-2, rtol: 2e-2 } : { atol: 2e-5, rtol: 1e-4 };
  return Math.max(
    ...session.outputs.map(({ name }, index) => {
      expect(results[name]!.dims).toEqual(of('out', index).dims);
      return worstError(results[name]!, of('out', index), tolerance);
    }),
  );
}

describe.skipIf(!installed)('TensorFlow.js (needs its optional packages)', () => {
  test.each(['unet.keras', 'frozen_nested.keras', 'frozen_nested.h5', 'legacy240_nested_functional.h5'])(
    '%s computes what Keras computes',
    async file => {
      expect(await errorOf(OWN + file, OWN + file.replace(/\.\w+$/, '.npz'))).toBeLessThanOrEqual(1);
    },
  );

  test('a layer that it lacks is the reason not to ask it', async () => {
    expect(await errorOf(`${OWN}attention_masks.h5`, `${OWN}attention_masks.npz`)).toBe(
      'Layer "embedding": TensorFlow.js does not have mask_zero=true.',
    );
  });

  test('no own model that it takes is computed otherwise', async () => {
    for (const file of readdirSync(OWN).filter(name => /^(?!refuse).*\.(h5|keras)$/.test(name))) {
      const error = await errorOf(OWN + file, OWN + file.replace(/\.\w+$/, '.npz'));
      if (typeof error === 'number') expect([file, error <= 1]).toEqual([file, true]);
    }
  });

  test.skipIf(!hasFixtures)(
    'no conformance model that it takes is computed otherwise (needs fixtures)',
    async () => {
      const folder = fixture('keras/conformance/');
      const entries = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as {
        readonly name: string;
        readonly files: readonly string[];
        readonly io: string;
        readonly expect: string;
      }[];
      let checked = 0;
      for (const entry of entries.filter(each => each.expect === 'ok')) {
        const error = await errorOf(folder + entry.files[0]!, folder + entry.io);
        if (typeof error !== 'number') continue;
        expect([entry.name, error <= 1]).toEqual([entry.name, true]);
        checked++;
      }
      expect(checked).toBeGreaterThan(30);
    },
  );
});
