import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { planFloat16 } from '../../../src/core/quantization/float16-plan.ts';
import { lowerToFloat16 } from '../../../src/core/quantization/lowerings/cast.ts';
import { buildModel, noise, tensor } from '../../support/model-builder.ts';
import { modelOf, OPERATOR_CALLS } from '../../support/operator-calls.ts';
import { bytesOf } from '../../support/run-bytes.ts';
import { feed, runModel, typedModel } from '../../support/run-model.ts';

/** Types of an operator's inputs change from version to version: the oldest that is written, and later ones. */
const OPSETS = [13, 18, 24, 26];

/** @throws what onnxruntime says */
async function load(model: Model): Promise<void> {
  for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
    const session = await InferenceSession.create(bytesOf(model), {
      logSeverityLevel: 4,
      graphOptimizationLevel,
    });
    await session.release();
  }
}

const isLoaded = (model: Model): Promise<boolean> =>
  load(model).then(
    () => true,
    () => false,
  );

describe('what onnxruntime loads in float32, it loads in float16', () => {
  test.each(OPERATOR_CALLS)('$op', async call => {
    const opsets: number[] = [];
    for (const opset of OPSETS) if (await isLoaded(modelOf(call, opset))) opsets.push(opset);
    expect(opsets).not.toEqual([]);
    for (const opset of opsets) {
      const model = await typedModel(modelOf(call, opset));
      lowerToFloat16(
        model,
        planFloat16(
          model,
          () => undefined,
          () => 0,
        ),
      );
      await expect(load(model)).resolves.toBeUndefined();
    }
  });
});

test('a Cast that changes nothing any more is none: onnxruntime does not load one from float16 to float16', async () => {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [4, 4]] },
    nodes: [
      { op: 'Trilu', in: ['x'], out: ['a'] },
      { op: 'Cast', in: ['a'], out: ['b'], attrs: { to: 1 } },
      { op: 'Neg', in: ['b'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 4]] },
  });
  const feeds = { x: feed([4, 4], noise(16)) };
  const expected = (await runModel(model, feeds)).get('y');
  const typed = await typedModel(model);
  lowerToFloat16(
    typed,
    planFloat16(
      typed,
      () => undefined,
      () => 0,
    ),
  );
  await load(typed);
  const got = (await runModel(typed, feeds)).get('y');
  expected!.forEach((x, index) => {
    expect(got![index]).toBeCloseTo(x, 3);
  });
});

/** A process of its own, as a crash takes the process along. */
async function loadsInAProcess(bytes: Uint8Array): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'float16-'));
  const path = join(dir, 'model.onnx');
  await writeFile(path, bytes);
  const script =
    "require('onnxruntime-node').InferenceSession.create(process.argv[1], { logSeverityLevel: 4 })";
  const { status } = spawnSync(process.execPath, ['-e', script, path], { cwd: import.meta.dirname });
  await rm(dir, { recursive: true });
  return status === 0;
}

describe('a Transpose that onnxruntime crashes on in float16 stays float32', () => {
  /** Time first, as recurrent layers and attention give it, then a product with a matrix. */
  const timeFirst = (perm: readonly number[], weight: readonly number[]): Model => {
    const dims = [5, 3, 8];
    return buildModel({
      inputs: { x: ['float32', dims] },
      initializers: { w: tensor('float32', weight, noise(weight.reduce((a, b) => a * b))) },
      nodes: [
        { op: 'Tanh', in: ['x'], out: ['h'] },
        { op: 'Transpose', in: ['h'], out: ['t'], attrs: { perm } },
        { op: 'MatMul', in: ['t', 'w'], out: ['y'] },
      ],
      outputs: { y: ['float32'] },
    });
  };
  const cases: readonly [perm: readonly number[], weight: readonly number[], half: boolean][] = [
    [[1, 0, 2], [8, 4], false],
    [[1, 2, 0], [5, 4], false],
    [[1, 0, 2], [1, 8, 4], true],
    [[0, 2, 1], [3, 4], true],
    [[2, 0, 1], [3, 4], true],
  ];
  test.each(cases)('perm %j in front of weights %j: half %s', async (perm, weight, half) => {
    const model = await typedModel(timeFirst(perm, weight));
    const plan = planFloat16(
      model,
      () => undefined,
      () => 0,
    );
    expect(plan.nodes.get('t')?.action).toBe(half ? 'quantize' : 'float');
    lowerToFloat16(model, plan);
    expect(await loadsInAProcess(bytesOf(model))).toBe(true);
  });
});
