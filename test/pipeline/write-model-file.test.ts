/**
 * Models whose weights do not fit in one file, with the limit lowered to what a small model exceeds. The judge of the
 * split files is onnxruntime: it must compute from them what it computes from the whole one, bit for bit.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import type { Model } from '../../src/core/ir/model.ts';
import type { Files, TensorMap } from '../../src/pipeline/ports.ts';
import { type JobOutcome, runJob } from '../../src/pipeline/run-job.ts';
import { copyModelFile, readModelFile, writeModelFile } from '../../src/pipeline/write-model-file.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, noise, noiseTensor, tensor } from '../support/model-builder.ts';

const split: Files = { ...jobFiles, inlineBytes: 2048 };
const weight = (dims: readonly number[], seed: number) => noiseTensor(dims, seed);

const small = (): Model =>
  buildModel({
    inputs: { x: ['float32', [4, 64]] },
    initializers: { w: weight([64, 96], 1), b: weight([96], 2), v: weight([96, 40], 3) },
    nodes: [
      { op: 'Gemm', in: ['x', 'w', 'b'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'MatMul', in: ['r', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 40]] },
  });
const FEEDS: TensorMap = { x: { dtype: 'float32', dims: [4, 64], data: Float32Array.from(noise(256, 9)) } };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function outputOf(path: string): Promise<Float32Array> {
  const session = await ortRuntime.open(path, { optimization: 'off' });
  try {
    return (await session.run(FEEDS)).y!.data as Float32Array;
  } finally {
    await session.close();
  }
}

test('a model within the limit is one file', () => {
  const path = join(directory, 'a.onnx');
  expect(writeModelFile(small(), path, jobFiles)).toEqual([path]);
  expect(existsSync(`${path}.data`)).toBe(false);
});

test('a larger one is split; the runtime computes the same from it, and from its copy under another name', async () => {
  const [whole] = writeModelFile(small(), join(directory, 'whole.onnx'), jobFiles);
  const path = join(directory, 'a.onnx');
  expect(writeModelFile(small(), path, split)).toEqual([path, `${path}.data`]);
  expect(statSync(`${path}.data`).size).toBeGreaterThanOrEqual(4 * (64 * 96 + 96 * 40));
  // The bias has 384 bytes: small tensors stay where shape inference sees them.
  expect(statSync(path).size).toBeLessThan(2048);
  const copy = join(directory, 'b.onnx');
  copyModelFile(path, copy, split);
  rmSync(path);
  rmSync(`${path}.data`);
  expect(await outputOf(copy)).toEqual(await outputOf(whole));
  expect(readModelFile(copy, split).graph.initializers.map(value => value.initializer?.byteLength)).toEqual([
    4 * 64 * 96,
    4 * 96,
    4 * 96 * 40,
  ]);
});

async function job(name: string, method: string, files: Files, upload = small): Promise<JobOutcome> {
  const workDir = join(directory, name, 'work');
  const outDir = join(directory, name, 'out');
  for (const path of [workDir, outDir]) mkdirSync(path, { recursive: true });
  const model = join(directory, name, 'model.onnx');
  writeModelFile(upload(), model, jobFiles);
  const spec = parseSpec({
    method: { type: method },
    benchmark: false,
    ...(method === 'static-int8' && { calibration: { synthetic: true, samples: 8 } }),
  });
  return runJob(
    { modelFiles: [{ name: 'model.onnx', path: model }], spec, workDir, outDir, provenance: { model: '' } },
    { ...localPorts, files },
  );
}

test.each(['static-int8', 'dynamic-int8'])('%s over split files gives the same model', async method => {
  const whole = await job('whole', method, jobFiles);
  const parts = await job('parts', method, split);
  expect(parts.artifacts.map(artifact => artifact.name)).toEqual([
    'model.onnx',
    'model.onnx.data',
    'report.json',
    'report.md',
    'report.html',
  ]);
  expect(await outputOf(parts.artifacts[0]!.path)).toEqual(await outputOf(whole.artifacts[0]!.path));
  const bytes = parts.artifacts.slice(0, 2).reduce((sum, { path }) => sum + statSync(path).size, 0);
  expect(parts.report.models.artifact.fileBytes).toBe(bytes);
  expect(parts.report.warnings.join()).toContain('too large for one file');
  expect(whole.report.warnings.join()).not.toContain('too large for one file');
});

/** Large enough that weights stay in the upload's own file; the odd name makes them lie unaligned there. */
const large = (): Model =>
  buildModel({
    inputs: { x: ['float32', [1, 8, 12, 12]] },
    initializers: {
      odd_: weight([256, 8, 3, 3], 1),
      scale: weight([256], 2),
      shift: weight([256], 3),
      mean: weight([256], 4),
      variance: tensor('float32', [256], Array<number>(256).fill(0.5)),
      fc: weight([256, 300], 6),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'odd_'], out: ['c'], attrs: { pads: [1, 1, 1, 1] } },
      { op: 'BatchNormalization', in: ['c', 'scale', 'shift', 'mean', 'variance'], out: ['n'] },
      { op: 'Relu', in: ['n'], out: ['r'] },
      { op: 'GlobalAveragePool', in: ['r'], out: ['p'] },
      { op: 'Flatten', in: ['p'], out: ['f'] },
      { op: 'MatMul', in: ['f', 'fc'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 300]] },
  });

test.each(['static-int8', 'dynamic-int8', 'weight-only-int4', 'convert'])(
  '%s of a model whose weights stay in the upload gives the same bytes',
  async method => {
    // One file may hold it, working files share its weights.
    const apart: Files = { ...jobFiles, workingInlineBytes: 2048 };
    const whole = await job('whole', method, jobFiles, large);
    const parts = await job('apart', method, apart, large);
    expect(existsSync(join(directory, 'whole/work/upload-model.data'))).toBe(false);
    expect(existsSync(join(directory, 'apart/work/upload-model.data'))).toBe(true);
    const read = ({ artifacts: [model] }: JobOutcome): Buffer => readFileSync(model!.path);
    expect(read(parts).equals(read(whole))).toBe(true);
    expect(parts.report.models.reference.fileBytes).toBe(whole.report.models.reference.fileBytes);
  },
);
