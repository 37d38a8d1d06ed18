/** The losses by sample give the scores of the cards, which an evaluation in Python measured. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixture, hasFixtures } from '../support/fixtures.ts';
import { sampleLosses } from './sample-losses.ts';

describe.skipIf(!hasFixtures)('losses by sample (needs fixtures)', () => {
  it.each([
    ['denoiser', 600],
    ['tiny_gpt', 200],
  ])('%s', async (name, count) => {
    const folder = fixture(`zoo/${name}`);
    const card = JSON.parse(readFileSync(`${folder}/card.json`, 'utf8')) as {
      metric: string;
      fp32_score: number;
    };
    const { losses, score } = await sampleLosses(`${folder}/model.onnx`, {
      evaluation: `${folder}/eval.npz`,
      metric: card.metric,
    });
    expect(losses).toHaveLength(count);
    // As in the test of the metrics: float32 kernels of two builds may round differently.
    expect(Math.abs(score / card.fp32_score - 1)).toBeLessThan(1e-6);
  });
});
