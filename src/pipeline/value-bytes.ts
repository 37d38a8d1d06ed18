/** What values of a model take in one run. */
import type { PreparedModel } from './prepared-model.ts';

const FLOAT_BYTES = 4;

/** Bytes of the named values of one run; a dimension that is not known counts as the batch first, as 1 elsewhere. */
export function valueBytes(prepared: PreparedModel, names: readonly string[], batch: number): number {
  const wanted = new Set(names);
  let bytes = 0;
  for (const node of prepared.fresh().graph.nodes)
    for (const value of node.outputs) {
      if (!value?.dims || !wanted.has(value.name)) continue;
      const sizes = value.dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? batch : 1));
      bytes += FLOAT_BYTES * sizes.reduce((product, size) => product * size, 1);
    }
  return bytes;
}
