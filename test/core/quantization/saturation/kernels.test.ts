/**
 * Which products are added in 16 bits, in which order, against the kernels themselves: what onnxruntime 1.30 gave on a CPU
 * without 8-bit dot products (QEMU 7.2, -cpu Haswell) for QLinearConv and QLinearMatMul of the numbers below. On a CPU
 * with them every line but the third was another.
 */
import { expect, test } from 'vitest';
import type { Node } from '../../../../src/core/ir/node.ts';
import { PairSums } from '../../../../src/core/kernels/pair-sums.ts';
import { roundHalfEven } from '../../../../src/core/quantization/qparams.ts';
import { dotProduct } from '../../../../src/core/quantization/saturation/dot-product.ts';
import { buildModel, type NodeSpec, tensor } from '../../../support/model-builder.ts';

interface Case {
  readonly op: 'Conv' | 'MatMul';
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attrs?: NodeSpec['attrs'];
  readonly given: readonly number[];
}

const CASES: Readonly<Record<string, Case>> = {
  'three channels': {
    op: 'Conv',
    x: [1, 3, 4, 4],
    w: [2, 3, 3, 3],
    given: [157, 158, 158, 157, 158, 159, 160, 158],
  },
  'one channel': {
    op: 'Conv',
    x: [1, 1, 4, 4],
    w: [2, 1, 3, 3],
    given: [159, 157, 154, 159, 164, 163, 162, 166],
  },
  depthwise: {
    op: 'Conv',
    x: [1, 2, 4, 4],
    w: [2, 1, 3, 3],
    attrs: { group: 2 },
    given: [168, 176, 167, 170, 168, 175, 173, 173],
  },
  'depthwise, two outputs each': {
    op: 'Conv',
    x: [1, 2, 4, 4],
    w: [4, 1, 3, 3],
    attrs: { group: 2 },
    given: [159, 157, 154, 159, 164, 163, 162, 166, 155, 154, 158, 160, 159, 163, 167, 165],
  },
  'two groups': {
    op: 'Conv',
    x: [1, 4, 3, 4],
    w: [2, 2, 3, 3],
    attrs: { group: 2 },
    given: [160, 159, 161, 158],
  },
  'odd depth': { op: 'MatMul', x: [2, 7], w: [7, 4], given: [140, 164, 140, 164, 138, 160, 138, 160] },
};

const ZERO_POINT = 3;
const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const sequence = (dims: readonly number[], from: number, step: number, period: number): number[] =>
  Array.from({ length: count(dims) }, (_, i) => from + ((i * step) % period));

function nodeOf({ op, x, w, attrs = {} }: Case): Node {
  const { graph } = buildModel({
    inputs: { x: ['float32', x] },
    initializers: { w: tensor('float32', w, sequence(w, 70, 29, 58)) },
    nodes: [{ op, in: ['x', 'w'], out: ['y'], attrs }],
    outputs: { y: ['float32'] },
  });
  return graph.nodes[0]!;
}

/** The input that meets weight k of an output, for each place of the output. */
function inputAt({ op, x, w }: Case, place: number, channel: number, k: number): number {
  if (op === 'MatMul') return place * x[1]! + channel;
  const [height, width, columns] = [x[2]!, x[3]!, x[3]! - w[3]! + 1];
  const position = Math.floor(k / w[1]!);
  const row = Math.floor(place / columns) + Math.floor(position / w[3]!);
  const column = (place % columns) + (position % w[3]!);
  return (channel * height + row) * width + column;
}

test.each(Object.entries(CASES))('%s', (_, each) => {
  const [x, w] = [sequence(each.x, 160, 37, 96), sequence(each.w, 70, 29, 58)];
  const isConv = each.op === 'Conv';
  const product = dotProduct(nodeOf(each));
  const outputs = isConv ? each.w[0]! : each.w[1]!;
  const depth = isConv ? count(each.w.slice(1)) : each.w[0]!;
  const places = each.given.length / outputs;
  const scale = depth * 100;
  const code = (output: number, place: number): number => {
    const weight = (k: number): number => w[product ? product.weightAt(output, k) : output * depth + k]!;
    const input = (k: number): number =>
      x[inputAt(each, place, product ? product.channelAt(output, k) : output, k)]!;
    if (product) {
      const sums = new PairSums(depth, 1);
      sums.setRow(0, input);
      sums.weights.set(Float32Array.from({ length: depth }, (_, k) => weight(k)));
      sums.encode(1);
      return roundHalfEven(sums.saturated(ZERO_POINT)[0]! / scale);
    }
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += (input(k) - ZERO_POINT) * weight(k);
    return roundHalfEven(sum / scale);
  };
  const codes = Array.from({ length: each.given.length }, (_, at) =>
    isConv ? code(Math.floor(at / places), at % places) : code(at % outputs, Math.floor(at / outputs)),
  );
  expect(codes).toEqual(each.given);
});
