/**
 * A whole job on the 3 GB model, verification included, in this process: peak resident memory by stage.
 *
 * Takes one JSON argument { model, data, evaluation, workDir } and prints one JSON line. The peak is the kernel's, set
 * back at each change of stage.
 */
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseSpec } from '../src/contracts/parse-spec.ts';
import type { Stage } from '../src/pipeline/ports.ts';
import { runJob } from '../src/pipeline/run-job.ts';
import { resetPeak, resident } from '../src/platform/memory/resident.ts';
import { localPorts } from '../test/support/local-ports.ts';

interface JobTask {
  readonly model: string;
  readonly data: string;
  readonly evaluation: string;
  readonly workDir: string;
}

const task = JSON.parse(process.argv[2] ?? '{}') as JobTask;
const peaks: Partial<Record<Stage, number>> = {};
let stage: Stage = 'importing';
const take = (): void => {
  peaks[stage] = Math.max(peaks[stage] ?? 0, resident().peakBytes ?? 0);
};
const [workDir, outDir] = ['work', 'out'].map(name => join(task.workDir, name)) as [string, string];
for (const folder of [workDir, outDir]) mkdirSync(folder);
resetPeak();
const outcome = await runJob(
  {
    modelFiles: [task.model, task.data].map(path => ({ name: basename(path), path })),
    evaluation: task.evaluation,
    spec: parseSpec({
      method: { type: 'weight-only-int4', blockSize: 32, symmetric: true },
      evaluation: '0'.repeat(64),
      repair: false,
    }),
    workDir,
    outDir,
    provenance: { model: '0'.repeat(64) },
  },
  {
    ...localPorts,
    progress(progress) {
      if (progress.stage === stage) return;
      take();
      stage = progress.stage;
      resetPeak();
    },
  },
);
take();
const { outputs } = outcome.report;
process.stdout.write(`${JSON.stringify({ peaks, stageMs: outcome.report.stageMs, outputs })}\n`);
