import { expect, test } from 'vitest';
import { buildModel, noiseTensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';

// Where this fails, onnxruntime ends the process.
test.each([[['y', '']], [['', 'y']]])('a Split with an unnamed output runs: %j', async out => {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [1, 2, 6, 6]] },
    initializers: { w: noiseTensor([2, 2, 3, 3], 7) },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['c'] },
      { op: 'Split', name: 'halves', in: ['c'], out, attrs: { axis: 1 } },
    ],
    outputs: { y: ['float32', [1, 1, 4, 4]] },
  });
  const { artifact } = await quantizeGraph(model, { type: 'static-int8' });
  const split = artifact.graph.nodes.find(node => node.opType === 'Split');
  expect(split?.outputs.map(value => value?.name)).toEqual(
    out.map((name, index) => (name === '' ? `halves_${index}` : name)),
  );
});
