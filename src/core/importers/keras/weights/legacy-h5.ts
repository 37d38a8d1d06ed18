/**
 * Weights of a legacy .h5 model (Keras 1 to 3): for each layer of the outermost model a group whose `weight_names` lists
 * its variables in Keras's order: all that are trained, then all that are not, through nested models and wrappers.
 *
 * Invariant: a variable is found by its place in that order, as Keras does, and the name there must not be that of
 * another variable of the layer. Optimizer state is never looked at.
 */
import type { Hdf5File } from '../container/hdf5.ts';
import type { Variable } from '../layers/layer.ts';
import { invalidWeight } from '../problems.ts';
import type { LayerDef } from '../topology/layer-def.ts';
import type { WeightStore } from './store.ts';

interface Owned {
  readonly layer: LayerDef;
  readonly variable: Variable;
}

export function legacyWeights(file: Hdf5File, root: LayerDef): WeightStore {
  const group = file.keys('/model_weights') ? '/model_weights' : '';
  const paths = new Map<LayerDef, Map<string, string>>();
  for (const { layer } of root.children) {
    const expected = legacyOrder(layer);
    if (expected.length === 0) continue;
    const base = `${group}/${layer.name}`;
    const names = nameList(file, base, 'weight_names');
    if (names.length !== expected.length)
      throw invalidWeight(
        layer.path,
        'weights',
        names.length === 0
          ? `missing weight: the file holds none for this layer, which has ${expected.length}.`
          : `the file holds ${names.length} weights, the layer has ${expected.length}.`,
      );
    const leaves = new Set(expected.map(({ variable }) => leaf(variable.id)));
    expected.forEach(({ layer: owner, variable }, index) => {
      const name = names[index] as string;
      const stored = leaf(name);
      if (stored !== leaf(variable.id) && leaves.has(stored))
        throw invalidWeight(
          owner.path,
          variable.id,
          `the weights are out of order: "${name}" stands in its place.`,
        );
      const known = paths.get(owner) ?? new Map<string, string>();
      paths.set(owner, known.set(variable.id, name.startsWith('/') ? name : `${base}/${name}`));
    });
  }
  return {
    find(layer, variable) {
      const path = paths.get(layer)?.get(variable.id);
      return path === undefined ? undefined : file.dataset(path);
    },
    close: () => file.close(),
  };
}

/** `trainable_weights + non_trainable_weights`; a frozen layer or model has all of its own among the latter. */
export function legacyOrder(layer: LayerDef): readonly Owned[] {
  const trained: Owned[] = [];
  const others: Owned[] = [];
  const walk = (def: LayerDef, trainable: boolean) => {
    const active = trainable && def.trainable;
    const own = [...def.variables].sort((a, b) => Number(a.frozen ?? false) - Number(b.frozen ?? false));
    for (const variable of own)
      (active && !variable.frozen ? trained : others).push({ layer: def, variable });
    for (const child of def.children) walk(child.layer, active);
  };
  walk(layer, true);
  return [...trained, ...others];
}

/** A list of names, which Keras splits over `name0`, `name1`, ... where it is longer than an attribute may be. */
function nameList(file: Hdf5File, object: string, name: string): readonly string[] {
  const whole = file.texts(object, name);
  if (whole) return whole;
  const parts: string[] = [];
  for (let index = 0; ; index++) {
    const part = file.texts(object, `${name}${index}`);
    if (!part) return parts;
    parts.push(...part);
  }
}

/** `conv/kernel:0` -> `kernel` */
function leaf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/:\d+$/, '');
}
