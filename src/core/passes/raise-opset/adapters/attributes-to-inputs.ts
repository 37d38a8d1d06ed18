/**
 * Attributes that became inputs, with the same meaning: axes, pads, bounds, counts.
 *
 * Source: the "Inputs" and "Attributes" of both versions at https://onnx.ai/onnx/operators/
 */
import type { Node } from '../../../ir/node.ts';
import type { Adapter, Site } from '../adapter.ts';

/** A list of integers moves to input `index`; where the attribute is absent both versions take their default. */
const intsToInput = (id: Adapter['id'], attribute: string, index: number): Adapter => ({
  id,
  adapt(node, site) {
    moveInts(node, site, attribute, index);
  },
});

function moveInts(node: Node, site: Site, attribute: string, index: number): void {
  const values = node.ints(attribute);
  if (values) node.setInput(index, site.int64s(attribute, values));
  node.attributes.delete(attribute);
}

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];

export const ATTRIBUTES_TO_INPUTS: readonly Adapter[] = [
  intsToInput('Squeeze-13', 'axes', 1),
  intsToInput('Unsqueeze-13', 'axes', 1),
  intsToInput('ReduceSum-13', 'axes', 1),
  ...REDUCTIONS.map(name => intsToInput(`Reduce${name}-18`, 'axes', 1)),
  intsToInput('Split-13', 'split', 1),
  {
    id: 'Split-18',
    // "Either input 'split' or the attribute 'num_outputs' should be specified, but not both."
    adapt(node) {
      if (!node.inputs[1])
        node.attributes.set('num_outputs', { kind: 'int', value: BigInt(node.outputs.length) });
    },
  },
  {
    id: 'Slice-10',
    adapt(node, site) {
      moveInts(node, site, 'starts', 1);
      moveInts(node, site, 'ends', 2);
      moveInts(node, site, 'axes', 3);
    },
  },
  {
    id: 'TopK-10',
    adapt(node, site) {
      node.setInput(1, site.int64s('k', [node.int('k', 0)]));
      node.attributes.delete('k');
    },
  },
  {
    id: 'Clip-11',
    adapt(node, site) {
      for (const [index, bound] of [
        [1, 'min'],
        [2, 'max'],
      ] as const) {
        const attribute = node.attributes.get(bound);
        if (attribute?.kind === 'float')
          node.setInput(index, site.scalarLike(node.inputs[0], bound, attribute.value));
        node.attributes.delete(bound);
      }
    },
  },
  {
    id: 'Pad-11',
    adapt(node, site) {
      const value = node.float('value', 0);
      moveInts(node, site, 'pads', 1);
      if (value !== 0) node.setInput(2, site.scalarLike(node.inputs[0], 'value', value));
      node.attributes.delete('value');
    },
  },
  {
    id: 'DFT-20',
    // The default went from 1 to -2 as well.
    adapt(node, site) {
      node.setInput(2, site.int64('axis', node.int('axis', 1)));
      node.attributes.delete('axis');
    },
  },
];
