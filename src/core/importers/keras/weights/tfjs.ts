/**
 * Weights of a TensorFlow.js layers model: by name, `layer/kernel` or `layer/cell/kernel`.
 *
 * Invariant: a variable is the one entry that names its layer and ends in its own name; where several do, as when two
 * inner models share the names of their layers, the model is refused.
 */
import type { Variable } from '../layers/layer.ts';
import { invalidWeight } from '../problems.ts';
import type { LayerDef } from '../topology/layer-def.ts';
import { isModel } from '../topology/layer-def.ts';
import type { StoredWeight, WeightStore } from './store.ts';

export function tfjsWeights(weights: ReadonlyMap<string, StoredWeight>, root: LayerDef): WeightStore {
  const owners = new Map<LayerDef, readonly RegExp[]>();
  const walk = (layer: LayerDef, outer: readonly RegExp[]) => {
    owners.set(layer, outer);
    for (const { at, layer: child } of layer.children)
      walk(child, isModel(layer.content) ? [named(child.name)] : [...outer, ...side(at)]);
  };
  walk(root, []);
  return {
    find(layer, variable) {
      const needed = owners.get(layer) ?? [];
      const found = [...weights].filter(([name]) => matches(name, needed, variable));
      if (found.length > 1)
        throw invalidWeight(
          layer.path,
          variable.id,
          `${found.length} weights could be meant: ${found.map(([n]) => n).join(', ')}.`,
        );
      return found[0]?.[1];
    },
    close: () => undefined,
  };
}

function matches(name: string, needed: readonly RegExp[], { id }: Variable): boolean {
  const parts = name.split('/');
  const own = id.split('/');
  const ends = own.every((part, index) => parts[parts.length - own.length + index] === part);
  return ends && needed.every(pattern => parts.slice(0, -own.length).some(part => pattern.test(part)));
}

const named = (name: string) => new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

/** The two layers of a Bidirectional one carry their direction in front of their name. */
function side(at: readonly string[]): readonly RegExp[] {
  const direction = /^(forward|backward)_layer$/.exec(at[0] ?? '')?.[1];
  return direction === undefined ? [] : [new RegExp(`^${direction}_`)];
}
