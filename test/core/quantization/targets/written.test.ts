/** What a target's preset writes, held against what the runtime's documentation asks for, read from the graph itself. */
import { expect, test } from 'vitest';
import { parseSpec } from '../../../../src/contracts/parse-spec.ts';
import type { Node } from '../../../../src/core/ir/node.ts';
import { walkNodes } from '../../../../src/core/ir/walk.ts';
import { staticInt8 } from '../../../../src/core/quantization/methods/static-int8.ts';
import { provisionalObservers } from '../../../../src/core/quantization/provisional.ts';
import { elements } from '../../../../src/core/tensor/tensor.ts';
import { EDGE_GRAPHS } from '../../../support/edge-graphs/index.ts';
import { buildModel, type ModelSpec, tensor } from '../../../support/model-builder.ts';
import { typedModel } from '../../../support/run-model.ts';
import { normal } from '../../../support/seeded.ts';

const weights = (dims: readonly number[], seed: number) =>
  tensor('float32', dims, [
    ...normal(
      dims.reduce((a, b) => a * b),
      seed,
    ),
  ]);

const NET: ModelSpec = {
  opset: 21,
  inputs: { x: ['float32', [1, 3, 8, 8]] },
  initializers: {
    w1: weights([8, 3, 3, 3], 1),
    b1: weights([8], 2),
    w2: weights([8, 8, 3, 3], 3),
    b2: weights([8], 4),
    w3: weights([8, 10], 5),
    b3: weights([10], 6),
  },
  nodes: [
    { op: 'Conv', name: 'c1', in: ['x', 'w1', 'b1'], out: ['h1'], attrs: { pads: [1, 1, 1, 1] } },
    { op: 'Relu', name: 'r1', in: ['h1'], out: ['a1'] },
    { op: 'Conv', name: 'c2', in: ['a1', 'w2', 'b2'], out: ['h2'], attrs: { pads: [1, 1, 1, 1] } },
    { op: 'Add', name: 'sum', in: ['h2', 'a1'], out: ['s'] },
    { op: 'GlobalAveragePool', name: 'pool', in: ['s'], out: ['p'] },
    { op: 'Flatten', name: 'flat', in: ['p'], out: ['f'] },
    { op: 'Gemm', name: 'head', in: ['f', 'w3', 'b3'], out: ['y'] },
  ],
  outputs: { y: ['float32', [1, 10]] },
};

function written(target: string, method: object = { type: 'static-int8' }): readonly Node[] {
  const { type: _, ...options } = parseSpec({ method, target }).method;
  const context = { model: buildModel(NET), options, released: new Map<string, string>() };
  const { graph } = context.model;
  // Float shapes as the runtime would infer them: all values of this network are float32.
  for (const node of graph.nodes)
    for (const value of node.outputs)
      if (value) value.type ??= { kind: 'tensor', dtype: 'float32', dims: undefined };
  const plan = staticInt8.plan(context, provisionalObservers(graph, staticInt8.observers(context).names));
  staticInt8.lower(context.model, plan, options);
  expect([...plan.nodes.values()].filter(({ action }) => action === 'quantize').length).toBeGreaterThan(4);
  return graph.nodes;
}

const isPair = ({ opType }: Node): boolean => opType === 'QuantizeLinear' || opType === 'DequantizeLinear';
const zeroPoint = (node: Node) => node.inputs[2]?.initializer;

test('tensorrt: int8 alone, every zero point 0, no int32 through DequantizeLinear', () => {
  const nodes = written('tensorrt');
  const pairs = nodes.filter(isPair);
  expect(pairs.length).toBeGreaterThan(10);
  for (const node of pairs) {
    const zero = zeroPoint(node);
    expect(zero?.dtype, node.name).toBe('int8');
    expect([...new Int8Array(zero!.bytes())].every(each => each === 0)).toBe(true);
    if (node.opType === 'DequantizeLinear') expect(node.inputs[0]!.initializer?.dtype).not.toBe('int32');
  }
  for (const node of nodes.filter(({ opType }) => opType === 'Conv'))
    expect(elements(node.inputs[2]!.initializer!, 'float32').length).toBe(8);
});

test.each(['uint8', 'uint16'])(
  'qnn with %s activations: every input of a convolution is quantized',
  activation => {
    const nodes = written('qnn', { type: 'static-int8', activation });
    const convolutions = nodes.filter(({ opType }) => opType === 'Conv');
    expect(convolutions.length).toBe(2);
    for (const { inputs } of convolutions) {
      const [data, weight, bias] = inputs.map(value => value?.producer?.inputs[0]);
      expect(data?.producer?.opType).toBe('QuantizeLinear');
      expect(data?.producer && zeroPoint(data.producer)?.dtype).toBe(activation);
      expect(weight?.initializer?.dtype).toBe('int8');
      expect(bias?.initializer?.dtype).toBe('int32');
    }
  },
);

/** What the runtime reads, by target: activations, and constants with their zero points. */
const LEGAL: Readonly<
  Record<string, (dtype: string | undefined, constant: boolean, zeros: ReadonlySet<number>) => boolean>
> = {
  tensorrt: (dtype, _, zeros) => dtype === 'int8' && [...zeros].every(zero => zero === 0),
  qnn: (dtype, constant, zeros) =>
    constant
      ? dtype === 'uint8' || dtype === 'int32' || (dtype === 'int8' && [...zeros].every(zero => zero === 0))
      : dtype === 'uint8',
};

test.each(Object.keys(LEGAL))('%s: types and zero points on every edge graph', async target => {
  let pairs = 0;
  for (const [name, make] of Object.entries(EDGE_GRAPHS)) {
    const model = await typedModel(make());
    for (const [index, { node }] of [...walkNodes(model.graph)].entries()) node.name ||= `node_${index}`;
    const { type: _, ...options } = parseSpec({ method: { type: 'static-int8' }, target }).method;
    const context = { model, options, released: new Map<string, string>() };
    const observers = provisionalObservers(model.graph, staticInt8.observers(context).names);
    const own = new Set([...walkNodes(model.graph)].map(({ node }) => node));
    staticInt8.lower(model, staticInt8.plan(context, observers), options);
    for (const { node } of walkNodes(model.graph)) {
      if (own.has(node) || !isPair(node)) continue;
      const codes = node.inputs[0]?.initializer;
      const zero = zeroPoint(node);
      const dtype = zero?.dtype ?? codes?.dtype;
      const zeros = new Set(zero ? new Int8Array(zero.bytes()) : [0]);
      const said = `${name}: ${node.name} ${dtype} ${[...zeros]}`;
      expect(LEGAL[target]!(dtype, codes !== undefined, zeros), said).toBe(true);
      pairs++;
    }
  }
  expect(pairs).toBeGreaterThan(300);
});
