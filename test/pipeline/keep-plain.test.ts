/** An option that brings the outputs no closer to float is dropped, and the report says so with both figures. */
import { expect, test } from 'vitest';
import type { Method } from '../../src/core/quantization/method.ts';
import { METHODS } from '../../src/core/quantization/methods/index.ts';
import { staticInt8 } from '../../src/core/quantization/methods/static-int8.ts';
import { buildModel, noiseTensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

const model = () =>
  buildModel({
    opset: 21,
    inputs: { x: ['float32', [4, 32]] },
    initializers: { w: noiseTensor([32, 32], 7), v: noiseTensor([32, 16], 9) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
      { op: 'Relu', in: ['h'], out: ['r'] },
      { op: 'MatMul', in: ['r', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 16]] },
  });

/** static-int8 (in 7 bits, which no CPU saturates), with `weight` as the option that is not sure. */
async function run(asked: string, without: string) {
  const own = staticInt8 as Method;
  const { tentative: before, lower } = own;
  let made = 0;
  own.lower = (...given) => {
    made++;
    lower.apply(own, given);
  };
  own.tentative = options => ({ without: { ...options, weight: without }, title: 'Fewer bits' });
  try {
    expect(METHODS.get('static-int8')).toBe(own);
    const { report } = await quantizeGraph(model(), {
      type: 'static-int8',
      weight: asked,
      reduceRange: true,
    });
    return { report, made };
  } finally {
    own.lower = lower;
    if (before) own.tentative = before;
  }
}

test('dropped where it harms; what was compared is what is handed out', async () => {
  const { report, made } = await run('int4', 'int8');
  expect(made).toBe(2);
  expect(report.outputs[0]!.sqnrDb).toBeGreaterThan(30);
  const [note] = report.warnings.filter(text => text.startsWith('Fewer bits: not used'));
  const [, withIt, plain] = /: ([\d.]+) dB with it and ([\d.]+) dB without on 16 calibration/.exec(note!)!;
  expect(Number(withIt)).toBeLessThan(25);
  expect(Number(plain)).toBeGreaterThan(30);
});

test('kept where it helps, without a word', async () => {
  const { report } = await run('int8', 'int4');
  expect(report.outputs[0]!.sqnrDb).toBeGreaterThan(30);
  expect(report.warnings.filter(text => text.includes('Fewer bits'))).toEqual([]);
});
