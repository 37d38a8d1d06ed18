/** Inputs and outputs that are no tensors are refused by name before anything runs; an optional tensor is compared. */
import { expect, test } from 'vitest';
import type { Ports } from '../../src/pipeline/ports.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, type NodeSpec, noiseTensor, tensor } from '../support/model-builder.ts';
import { proto } from '../support/protobuf.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

const FLOATS = proto([1, proto([1, 1n])]);
/** TypeProto messages. */
const TYPES = {
  sequence: proto([4, proto([1, FLOATS])]),
  map: proto([5, proto([1, 7n], [2, FLOATS])]),
  'sparse tensor': proto([8, proto([1, 1n])]),
  'optional sequence': proto([9, proto([1, proto([4, proto([1, FLOATS])])])]),
  'optional tensor': proto([9, proto([1, FLOATS])]),
};

const SEQUENCE: NodeSpec = { op: 'SplitToSequence', in: ['c'], out: ['s'], attrs: { axis: 1 } };
const OPTIONAL: NodeSpec = { op: 'Optional', in: ['c'], out: ['s'] };
const STRINGS: NodeSpec = { op: 'Cast', in: ['c'], out: ['s'], attrs: { to: 8 } };
const BFLOAT16: NodeSpec = { op: 'Cast', in: ['c'], out: ['s'], attrs: { to: 16 } };

function ending(node: NodeSpec, type: keyof typeof TYPES | 'string' | 'bfloat16') {
  const model = buildModel({
    opset: 18,
    inputs: { x: ['float32', [1, 8, 6, 6]] },
    initializers: { w: noiseTensor([4, 8, 3, 3], 7) },
    nodes: [{ op: 'Conv', in: ['x', 'w'], out: ['c'] }, node],
    outputs: { c: ['float32', [1, 4, 4, 4]], s: undefined },
  });
  model.graph.outputs[1]!.type =
    type === 'string' || type === 'bfloat16'
      ? { kind: 'tensor', dtype: type, dims: undefined }
      : { kind: 'opaque', proto: TYPES[type] };
  return model;
}

/** Nothing is even loaded. */
const idle: Partial<Ports> = {
  runtime: {
    ...localPorts.runtime,
    open: async () => {
      throw new Error('the runtime was asked');
    },
  },
};

test.each([
  [SEQUENCE, 'sequence', 'output "s" is a sequence, and only tensors are compared'],
  [SEQUENCE, 'optional sequence', 'output "s" is a sequence, and only tensors are compared'],
  [SEQUENCE, 'map', 'output "s" is a map, and only tensors are compared'],
  [SEQUENCE, 'sparse tensor', 'output "s" is a sparse tensor, and only tensors are compared'],
  [STRINGS, 'string', 'output "s" has elements of type string, which are not compared'],
  [BFLOAT16, 'bfloat16', 'output "s" has elements of type bfloat16, which are not compared'],
] as const)('%j as %s is refused', async (node, type, message) => {
  for (const method of ['static-int8', 'dynamic-int8', 'convert'])
    await expect(quantizeGraph(ending(node, type), { type: method }, {}, idle)).rejects.toMatchObject({
      code: 'model_unsupported',
      place: { field: 's' },
      message,
    });
});

test('an optional tensor comes out as a tensor and is compared', async () => {
  const { report } = await quantizeGraph(ending(OPTIONAL, 'optional tensor'), {
    type: 'static-int8',
    reduceRange: true,
  });
  expect(report.outputs.map(({ name }) => name)).toEqual(['c', 's']);
  for (const { sqnrDb } of report.outputs) expect(sqnrDb).toBeGreaterThan(35);
});

test('an input that is a sequence is refused as well', async () => {
  const model = buildModel({
    opset: 18,
    inputs: { s: undefined },
    initializers: { w: noiseTensor([4, 8, 3, 3], 7), first: tensor('int64', [], [0]) },
    nodes: [
      { op: 'SequenceAt', in: ['s', 'first'], out: ['x'] },
      { op: 'Conv', in: ['x', 'w'], out: ['c'] },
    ],
    outputs: { c: ['float32', [1, 4, 4, 4]] },
  });
  model.graph.inputs[0]!.type = { kind: 'opaque', proto: TYPES.sequence };
  await expect(quantizeGraph(model, { type: 'static-int8' }, {}, idle)).rejects.toMatchObject({
    code: 'model_unsupported',
    place: { field: 's' },
  });
});
