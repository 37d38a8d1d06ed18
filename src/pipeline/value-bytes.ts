/** What values of a model take in one run. */
import type { Graph } from '../core/ir/graph.ts';

const FLOAT_BYTES = 4;

/** Bytes of the named values of one run, by their declared shapes; a dimension that is not known counts as 1. */
export function valueBytes({ nodes }: Graph, names: readonly string[]): number {
  const wanted = new Set(names);
  let bytes = 0;
  for (const node of nodes)
    for (const value of node.outputs) {
      if (!value?.dims || !wanted.has(value.name)) continue;
      const sizes = value.dims.map(dim => (typeof dim === 'number' ? dim : 1));
      bytes += FLOAT_BYTES * sizes.reduce((product, size) => product * size, 1);
    }
  return bytes;
}
