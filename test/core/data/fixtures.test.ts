/** Every dataset among the fixtures binds to its model, and onnxruntime runs what comes out. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindDataset } from '../../../src/core/data/bind.ts';
import type { SessionValue } from '../../../src/core/data/samples.ts';
import { openDataset } from '../../../src/platform/dataset/open-dataset.ts';
import { ortRuntime } from '../../../src/platform/ort-runtime.ts';
import { fixture, hasFixtures } from '../../support/fixtures.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-bind-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const names = (folder: string): string[] => (hasFixtures ? readdirSync(fixture(folder)) : []);

describe.skipIf(!hasFixtures)('the zoo (needs fixtures)', () => {
  const metrics: Record<string, string> = { denoiser: 'psnr', tiny_gpt: 'perplexity' };
  it.each(names('zoo'))('%s', async name => {
    const session = await ortRuntime.open(fixture(`zoo/${name}/model.onnx`), { optimization: 'off' });
    for (const split of ['calib', 'eval']) {
      const dataset = await openDataset(fixture(`zoo/${name}/${split}.npz`), dir);
      const metric = split === 'eval' ? metrics[name] : undefined;
      const samples = bindDataset(dataset, session.inputs, session.outputs, { ...(metric && { metric }) });
      expect(samples.hasLabels).toBe(split === 'eval');
      expect(samples.unused).toEqual([]);
      const result = await session.run(samples.feeds(samples.count - 1));
      if (samples.scoring) {
        const scorer = samples.scoring.metric.create();
        scorer.add(result[samples.scoring.output]!, samples.label(samples.count - 1)!);
        expect(scorer.value()).toBeGreaterThanOrEqual(0);
      }
      dataset.close();
    }
    await session.close();
  });
});

describe.skipIf(!hasFixtures)('the micro graphs (needs fixtures)', () => {
  it('all bind, each sample a whole input tensor', async () => {
    for (const name of names('micro').filter(each => each !== 'manifest.json')) {
      const session = await ortRuntime.open(fixture(`micro/${name}/model.onnx`), { optimization: 'off' });
      const dataset = await openDataset(fixture(`micro/${name}/calib.npz`), dir);
      const samples = bindDataset(dataset, session.inputs, session.outputs);
      expect(samples.count, name).toBe(3);
      await session.run(samples.feeds(2));
      dataset.close();
      await session.close();
    }
  });
});

describe.skipIf(!hasFixtures)('the trained Keras models (needs fixtures)', () => {
  it.each(names('keras/trained').filter(each => each !== 'manifest.json'))('%s', async name => {
    const side = name === 'cifar10_cnn' ? [32, 32, 3] : [28, 28, 1];
    const input: SessionValue = { name: 'keras_tensor', dtype: 'float32', dims: ['N', ...side] };
    const output: SessionValue = { name: 'out', dtype: 'float32', dims: ['N', 10] };
    for (const [split, count] of [
      ['calib', 200],
      ['eval', 1000],
    ] as const) {
      const dataset = await openDataset(fixture(`keras/trained/${name}/${split}.npz`), dir);
      const samples = bindDataset(dataset, [input], [output]);
      expect(samples.count).toBe(count);
      expect(samples.feeds(count - 1).keras_tensor!.dims).toEqual([1, ...side]);
      expect(samples.scoring?.metric.id).toBe(split === 'eval' ? 'top1' : undefined);
      dataset.close();
    }
  });
});
