/**
 * How far the outputs of a written artifact are from the float model's, by the same code for both sides: the smallest
 * SQNR of any output over a few samples that calibration did not see, in dB.
 */
import { bindDataset } from '../src/core/data/bind.ts';
import { comparePair } from '../src/pipeline/compare-pair.ts';
import type { SampleSource } from '../src/pipeline/ports.ts';
import { jobFiles } from '../src/platform/job-files.ts';
import { ortRuntime } from '../src/platform/ort-runtime.ts';

const SAMPLES = 4;

interface Judged {
  readonly model: string;
  readonly artifact: string;
  readonly calibration: string;
  readonly workDir: string;
}

async function judge({ model, artifact, calibration, workDir }: Judged): Promise<number> {
  const session = await ortRuntime.open(model, { optimization: 'off' });
  const { inputs, outputs } = session;
  await session.close();
  const dataset = await jobFiles.openDataset(calibration, workDir);
  const bound = bindDataset(dataset, inputs, outputs, { ignoreLabels: true });
  const last: SampleSource = {
    ...bound,
    count: SAMPLES,
    feeds: index => bound.feeds(bound.count - SAMPLES + index),
  };
  const result = await comparePair(
    ortRuntime,
    { reference: model, candidate: artifact },
    last,
    { optimization: 'all' },
    new AbortController().signal,
  );
  dataset.close();
  return Math.min(...result.outputs.flatMap(({ figures }) => figures.sqnrDb ?? []));
}

const sqnrDb = await judge(JSON.parse(process.argv[2] ?? '{}') as Judged);
process.stdout.write(`${JSON.stringify({ sqnrDb })}\n`);
