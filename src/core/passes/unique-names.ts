/**
 * Gives every node a name, and every node and value of nested subgraphs one that no other has.
 *
 * Requires nothing. Ensures: node names are non-empty and unique over all graphs, value names are unique over all
 * graphs. Names of the main graph's inputs and outputs, and of sparse initializers, stay.
 */
import { TakenNames } from '../ir/names.ts';
import type { Value } from '../ir/value.ts';
import { walkGraphs } from '../ir/walk.ts';
import type { Pass } from './pass.ts';

/** Values are passed to the runtime as properties of an object, and this one cannot be set. */
const UNUSABLE = ['__proto__'];

export const uniqueNames: Pass = {
  id: 'unique-names',
  summary:
    'Names every node and tells apart values of sibling subgraphs, because plans address them by name.',
  run(model) {
    let changed = 0;
    const nodes = new TakenNames();
    const values = new TakenNames();
    const claim = (taken: TakenNames, wish: string): string => {
      const name = taken.claim(wish);
      if (name !== wish) changed++;
      return name;
    };
    // Sparse initializers are carried as their records, names included.
    const sparse = [...walkGraphs(model.graph)].flatMap(graph => graph.sparseInitializers);
    const kept = new Set<Value>([...model.graph.inputs, ...model.graph.outputs, ...sparse]);
    for (const value of kept) values.add(value.name);
    for (const name of UNUSABLE) values.add(name);
    const rename = (value: Value | undefined): void => {
      if (!value || kept.has(value)) return;
      kept.add(value);
      value.name = claim(values, value.name);
    };
    for (const graph of walkGraphs(model.graph)) {
      for (const value of [...graph.inputs, ...graph.initializers]) rename(value);
      for (const node of graph.nodes) {
        if (node.name === '') changed++;
        node.name = claim(nodes, node.name === '' ? node.opType : node.name);
        for (const output of node.outputs) rename(output);
      }
    }
    return { changed };
  },
};
