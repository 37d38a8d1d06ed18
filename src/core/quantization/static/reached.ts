/**
 * A selection without the nodes that no calibration sample reached: those of a branch that was never taken, of a loop
 * that made no turn. Their values have no range.
 *
 * Invariant: the result is a selection like any other; connectors that lose a neighbour are out as well.
 */
import type { Observers } from '../../calibration/observers.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import type { NodeFilter } from '../node-filter.ts';
import type { FloatReason } from '../plan.ts';
import { representatives } from './groups.ts';
import { quantizedValues, type Selection, selectNodes } from './selection.ts';

const NOT_REACHED: FloatReason = {
  code: 'not_observed',
  text: 'no calibration sample reached it: its branch was not taken or its loop made no turn',
};

export function selectReached(graph: Graph, filter: NodeFilter, observers: Observers): Selection {
  const silent = new Set<Node>();
  for (;;) {
    const selection = selectNodes(graph, node => (silent.has(node) ? NOT_REACHED : filter(node)));
    const representative = representatives(selection);
    const known = silent.size;
    for (const [node, chosen] of selection.selected)
      if (quantizedValues(node, chosen).some(value => observers.isSilent(representative(value).name)))
        silent.add(node);
    if (silent.size === known) return selection;
  }
}
