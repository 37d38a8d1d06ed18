/**
 * A whole job on the 3 GB model, verification and benchmark included: peak resident memory of its process and that of its
 * children together, by stage, as the limit of a sandbox counts it.
 *
 * Takes one JSON argument { model, data, evaluation, workDir } and prints one JSON line. Run by itself, it runs the job in a
 * process with the environment of a sandbox and looks on; the process sets its own peak back at each change of stage.
 */
import { fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSpec } from '../src/contracts/parse-spec.ts';
import { residentBytes } from '../src/jobs/process-memory.ts';
import type { Stage } from '../src/pipeline/ports.ts';
import { runJob } from '../src/pipeline/run-job.ts';
import { ALLOCATOR_ENV } from '../src/platform/allocator.ts';
import { resetPeak, resident } from '../src/platform/memory/resident.ts';
import { localPorts } from '../test/support/local-ports.ts';

interface JobTask {
  readonly model: string;
  readonly data: string;
  readonly evaluation: string;
  readonly workDir: string;
}

type Peaks = Partial<Record<Stage, number>>;

const SAMPLE_MS = 20;
const text = process.argv[2] ?? '{}';
if (process.send) await runTask(JSON.parse(text) as JobTask, message => process.send!(message));
else await lookOn();

async function lookOn(): Promise<void> {
  const { TMPDIR = '/tmp' } = process.env;
  const child = fork(fileURLToPath(import.meta.url), [text], { env: { TMPDIR, ...ALLOCATOR_ENV } });
  const together: Peaks = {};
  let stage: Stage = 'importing';
  let result: object = {};
  child.on('message', (message: { stage: Stage } | { result: object }) => {
    if ('stage' in message) stage = message.stage;
    else result = message.result;
  });
  const timer = setInterval(async () => {
    const during = stage;
    const bytes = await residentBytes(child.pid!);
    if (bytes !== undefined) together[during] = Math.max(together[during] ?? 0, bytes);
  }, SAMPLE_MS);
  await new Promise(resolve => child.once('exit', resolve));
  clearInterval(timer);
  process.stdout.write(`${JSON.stringify({ together, ...result })}\n`);
}

async function runTask(task: JobTask, tell: (message: object) => void): Promise<void> {
  const peaks: Peaks = {};
  let stage: Stage = 'importing';
  const take = (): void => {
    peaks[stage] = Math.max(peaks[stage] ?? 0, resident().peakBytes ?? 0);
  };
  const [workDir, outDir] = ['work', 'out'].map(name => join(task.workDir, name)) as [string, string];
  for (const folder of [workDir, outDir]) mkdirSync(folder);
  resetPeak();
  const { report } = await runJob(
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
        tell({ stage });
        resetPeak();
      },
    },
  );
  take();
  const { stageMs, outputs, models, warnings } = report;
  tell({ result: { peaks, stageMs, outputs, models, warnings } });
  process.disconnect?.();
}
