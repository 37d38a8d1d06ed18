/** The loss of an artifact on each evaluation sample, such that their mean gives the score. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindDataset } from '../../src/core/data/bind.ts';
import { openDataset } from '../../src/platform/dataset/open-dataset.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import type { MatrixCase } from './cases.ts';

/** Score of one sample to its loss, and mean loss to score. */
export const LOSSES: Readonly<Record<string, { of(score: number): number; score(mean: number): number }>> = {
  top1: { of: right => 1 - right, score: wrong => 1 - wrong },
  perplexity: { of: Math.log, score: Math.exp },
  psnr: { of: decibel => 10 ** (-decibel / 10), score: error => -10 * Math.log10(error) },
};

export interface SampleLosses {
  readonly losses: readonly number[];
  readonly score: number;
}

/** @param path of any model with the inputs and outputs of the case's */
export async function sampleLosses(
  path: string,
  { evaluation, metric: id }: Pick<MatrixCase, 'evaluation' | 'metric'>,
): Promise<SampleLosses> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-losses-'));
  const session = await ortRuntime.open(path, { optimization: 'all' });
  const dataset = await openDataset(evaluation, directory);
  try {
    const samples = bindDataset(dataset, session.inputs, session.outputs, { metric: id });
    const { metric, output } = samples.scoring!;
    const loss = LOSSES[id];
    if (!loss) throw new Error(`the metric ${id} has no loss by sample here`);
    const losses: number[] = [];
    for (let index = 0; index < samples.count; index++) {
      const outputs = await session.run(samples.feeds(index));
      const scorer = metric.create();
      scorer.add(outputs[output]!, samples.label(index)!);
      losses.push(loss.of(scorer.value()));
    }
    return { losses, score: loss.score(losses.reduce((sum, each) => sum + each, 0) / losses.length) };
  } finally {
    dataset.close();
    await session.close();
    rmSync(directory, { recursive: true });
  }
}
