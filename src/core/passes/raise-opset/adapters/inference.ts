/** Operators whose training outputs changed; for inference, which is all that is done here, nothing remains of them. */
import type { Node } from '../../../ir/node.ts';
import type { Adapter, Site } from '../adapter.ts';

export const INFERENCE: readonly Adapter[] = [
  {
    id: 'BatchNormalization-9',
    adapt(node, site) {
      if (node.int('spatial', 1) !== 1) site.refuse('"spatial" = 0 (statistics per element) was removed');
      node.attributes.delete('spatial');
    },
  },
  {
    id: 'BatchNormalization-14',
    adapt(node, site) {
      dropOutputs(node, site);
    },
  },
  {
    // The mask went from the input's type to bool.
    id: 'Dropout-10',
    adapt(node, site) {
      dropOutputs(node, site);
    },
  },
  {
    id: 'Dropout-12',
    // Without training_mode the ratio has no effect: the output is the input.
    adapt(node) {
      node.attributes.delete('ratio');
      node.attributes.delete('seed');
    },
  },
];

function dropOutputs(node: Node, site: Site): void {
  node.outputs.forEach((value, index) => {
    if (index === 0 || !value) return;
    if (value.uses.size > 0 || site.graph.outputs.includes(value))
      site.refuse(`its output ${index}, which is for training, is used`);
    node.setOutput(index, undefined);
  });
}
