import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { planFloat16 } from '../../../src/core/quantization/float16-plan.ts';
import { lowerToFloat16 } from '../../../src/core/quantization/lowerings/cast.ts';
import { buildModel, noise } from '../../support/model-builder.ts';
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
