/**
 * The memory that a preview foretells, beside what the sandbox of that job takes. The sandbox of a test compiles its own
 * sources, for some 100 MB more; bounds are wide, and models large enough that they are what is measured.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import type { Model } from '../../src/core/ir/model.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import { runSandbox } from '../../src/jobs/supervisor.ts';
import { childEntry } from '../../src/platform/child-entry.ts';
import { buildModel, noiseTensor } from '../support/model-builder.ts';
import { canWatch, watchSandbox } from '../support/watch-sandbox.ts';

/**
 * Estimate by measured peak. Of values it foretells too much (1.8 times here), since sessions that show them no longer lay
 * out a block for the others; a job that gets less than it needs is worse than one that waits.
 */
const [LEAST, MOST] = [0.7, 2.5];

/** The benchmark of a job alone has 8 s. */
const TIMEOUT_MS = 300_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-memory-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function estimateAndPeak(model: Model, method: string): Promise<readonly [number, number]> {
  const path = join(directory, 'model.onnx');
  writeFileSync(path, Buffer.concat([...writeModel(model).chunks]));
  const [previewDir, workDir, outDir] = ['preview', 'work', 'out'].map(name => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [previewDir, workDir, outDir]) mkdirSync(folder);
  const input = {
    modelFiles: [{ name: 'model.onnx', path }],
    spec: parseSpec({
      method,
      ...(method === 'static-int8' && { calibration: { synthetic: true, samples: 2 } }),
    }),
  };
  const entry = childEntry('sandbox');
  const options = {
    ...{ entry, directory, signal: new AbortController().signal },
    limits: { timeoutSeconds: 300, memoryMb: 8192 },
  };
  const { memoryBytes } = await runSandbox<'preview'>(
    { kind: 'preview', ...input, workDir: previewDir },
    options,
  );
  let peak = 0;
  await watchSandbox(
    entry.path,
    () =>
      runSandbox<'job'>(
        { kind: 'job', ...input, workDir, outDir, provenance: { model: '0'.repeat(64) } },
        options,
      ),
    (_, together) => {
      peak = Math.max(peak, together);
    },
  );
  return [memoryBytes, peak];
}

/** 128 MB of weights and next to no values. */
function matrices(): Model {
  const width = 2048;
  const layers = Array.from({ length: 8 }, (_, i) => i);
  return buildModel({
    inputs: { x: ['float32', ['N', width]] },
    initializers: Object.fromEntries(
      layers.map(i => [`w${i}`, noiseTensor([width, width], i + 1, x => x / Math.sqrt(width))]),
    ),
    nodes: layers.map(i => ({ op: 'MatMul', in: [i === 0 ? 'x' : `y${i - 1}`, `w${i}`], out: [`y${i}`] })),
    outputs: { [`y${layers.length - 1}`]: ['float32', ['N', width]] },
  });
}

/** Values of 17 MB each, next to no weights, and little work. */
function images(): Model {
  const [channels, side] = [16, 512];
  const layers = Array.from({ length: 8 }, (_, i) => i);
  return buildModel({
    inputs: { x: ['float32', ['N', channels, side, side]] },
    initializers: Object.fromEntries(
      layers.map(i => [`w${i}`, noiseTensor([channels, channels, 1, 1], i + 1, x => x / 4)]),
    ),
    nodes: layers.map(i => ({
      op: 'Conv',
      in: [i === 0 ? 'x' : `y${i - 1}`, `w${i}`],
      out: [`y${i}`],
    })),
    outputs: { [`y${layers.length - 1}`]: ['float32', ['N', channels, side, side]] },
  });
}

describe.skipIf(!canWatch)('memory foretold and taken (needs /proc)', () => {
  const check = async (model: Model, method: string): Promise<void> => {
    const [estimate, peak] = await estimateAndPeak(model, method);
    const told = `${Math.round(estimate / 1e6)} MB for ${Math.round(peak / 1e6)} MB`;
    expect(estimate / peak, told).toBeGreaterThan(LEAST);
    expect(estimate / peak, told).toBeLessThan(MOST);
  };
  test('where weights decide', () => check(matrices(), 'dynamic-int8'), TIMEOUT_MS);
  test('where values decide', () => check(images(), 'static-int8'), TIMEOUT_MS);
});
