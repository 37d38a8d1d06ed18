/** The float zoo models score what their cards say, which an evaluation in Python measured. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bindDataset } from '../../../src/core/data/bind.ts';
import { openDataset } from '../../../src/platform/dataset/open-dataset.ts';
import { ortRuntime } from '../../../src/platform/ort-runtime.ts';
import { fixture, hasFixtures } from '../../support/fixtures.ts';

interface Card {
  readonly metric: string;
  readonly fp32_score: number;
  readonly eval_samples: number;
}

describe.skipIf(!hasFixtures)('zoo scores (needs fixtures)', () => {
  it.each(hasFixtures ? readdirSync(fixture('zoo')) : [])('%s', async name => {
    const card = JSON.parse(readFileSync(fixture(`zoo/${name}/card.json`), 'utf8')) as Card;
    const dir = mkdtempSync(join(tmpdir(), 'bitpress-zoo-'));
    const session = await ortRuntime.open(fixture(`zoo/${name}/model.onnx`), { optimization: 'all' });
    const dataset = await openDataset(fixture(`zoo/${name}/eval.npz`), dir);
    const { metric } = card;
    const samples = bindDataset(dataset, session.inputs, session.outputs, { metric });
    expect(samples.count).toBe(card.eval_samples);
    const scorer = samples.scoring!.metric.create();
    for (let index = 0; index < samples.count; index++) {
      const outputs = await session.run(samples.feeds(index));
      scorer.add(outputs[samples.scoring!.output]!, samples.label(index)!);
    }
    // Relative 1e-6: float32 kernels of two builds may round differently; a share of right answers is exact.
    expect(Math.abs(scorer.value() / card.fp32_score - 1)).toBeLessThan(1e-6);
    dataset.close();
    await session.close();
    rmSync(dir, { recursive: true });
  });
});
