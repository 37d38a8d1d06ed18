/**
 * One quantization by Bitpress, timed: the stages of pipeline/run-job.ts up to the written artifact.
 *
 * Takes one JSON argument, a task of task.ts, and prints one JSON line. The reference does not check what it writes, so
 * that the proof of the prepared model and the verification of the artifact stay outside the clock.
 */

import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { METHODS } from '../src/core/quantization/methods/index.ts';
import { calibrate } from '../src/pipeline/calibrate.ts';
import { openJob } from '../src/pipeline/open-job.ts';
import type { Ports, SampleSource } from '../src/pipeline/ports.ts';
import { prepareModel } from '../src/pipeline/prepare.ts';
import { quantizeTo } from '../src/pipeline/quantize.ts';
import { overWorkingFiles } from '../src/pipeline/runnable.ts';
import { resident } from '../src/platform/memory/resident.ts';
import { sampleThreads } from '../src/platform/sample-threads/sample-threads.ts';
import { localPorts } from '../test/support/local-ports.ts';
import type { Measured, Task } from './task.ts';

const ports: Ports = overWorkingFiles({
  ...localPorts,
  sampleThreads: sampleThreads(),
});

async function quantize(task: Task): Promise<Record<string, number>> {
  const { files } = ports;
  const { workDir, spec } = task;
  const stages: Record<string, number> = {};
  let since = performance.now();
  const lap = (name: string): void => {
    const now = performance.now();
    stages[name] = (now - since) / 1000;
    since = now;
  };
  const paths = task.data === undefined ? [task.model] : [task.model, task.data];
  const { asked, options, importedPath, samples } = await openJob(
    {
      modelFiles: paths.map(path => ({ name: basename(path), path })),
      ...(task.calibration !== undefined && { calibration: task.calibration }),
      spec,
      workDir,
    },
    ports,
  );
  const method = METHODS.get(asked.id);
  if (!method) throw new Error(`${asked.id} is no single method`);
  lap('import');
  const minOpset = method.opset?.(options) ?? 0;
  const prepared = await prepareModel({ importedPath, workDir, minOpset }, ports);
  lap('prepare');
  const observers = method.observers({ model: prepared.fresh(), options, released: new Map() });
  if (samples.calibration)
    await calibrate(
      { prepared, observers, samples: first(samples.calibration, task.samples), workDir },
      ports,
    );
  lap('calibrate');
  quantizeTo(task.out, { prepared, method, options, observers, released: new Map() }, files);
  lap('quantize');
  samples.close();
  return stages;
}

/** As many as the reference gets: nothing is held out here. */
const first = (samples: SampleSource, count: number): SampleSource => ({
  ...samples,
  count: Math.min(samples.count, count),
});

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
// `import onnxruntime` makes the library's environment, before the reference's clock starts. Here the first session does;
// one of no file ends behind that and before there is a model.
await localPorts.runtime
  .open(join(task.workDir, 'none.onnx'), { optimization: 'off', threads: 1 })
  .catch(() => {});
const idle = resident();
const start = performance.now();
const before = process.cpuUsage();
const stages = await quantize(task);
const { user, system } = process.cpuUsage(before);
const measured: Measured = {
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakBytes: resident().peakBytes ?? 0,
  idleBytes: idle.peakBytes ?? 0,
  stages,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
