/**
 * What a model is made of, in numbers: for describing an upload and for comparing before and after.
 *
 * Constants are the initializers and the tensors of Constant nodes of all graphs, nested ones included; parameters are
 * the elements of the constants.
 */
import { elementCount, type Tensor } from '../tensor/tensor.ts';
import type { Model } from './model.ts';
import { walkGraphs } from './walk.ts';

export interface ModelStatistics {
  readonly nodes: number;
  readonly parameters: number;
  /** Bytes of the constants as they are stored. */
  readonly weightBytes: number;
  /** Nodes by operator, most frequent first; other domains by their qualified name. */
  readonly operators: Readonly<Record<string, number>>;
}

export function modelStatistics(model: Model): ModelStatistics {
  const counts = new Map<string, number>();
  let parameters = 0;
  let weightBytes = 0;
  const addConstant = (tensor: Tensor): void => {
    parameters += elementCount(tensor.dims);
    weightBytes += tensor.byteLength;
  };
  for (const graph of walkGraphs(model.graph)) {
    for (const value of graph.initializers) if (value.initializer) addConstant(value.initializer);
    for (const node of graph.nodes) {
      counts.set(node.qualifiedType, (counts.get(node.qualifiedType) ?? 0) + 1);
      const constant = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
      if (constant?.kind === 'tensor') addConstant(constant.value);
    }
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    nodes: sorted.reduce((sum, [, count]) => sum + count, 0),
    parameters,
    weightBytes,
    operators: Object.fromEntries(sorted),
  };
}
