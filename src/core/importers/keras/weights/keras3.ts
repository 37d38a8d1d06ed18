/**
 * Weights of a .keras file: groups by attribute and class (`layers/conv2d_1/vars/0`), variables by position, trained
 * ones first. Keras 2.12 to 2.15 say `_layer_checkpoint_dependencies` for `layers`.
 *
 * Source: keras/src/saving/saving_lib.py, `_save_state` and `_save_container_state`.
 */
import type { Hdf5File } from '../container/hdf5.ts';
import type { Variable } from '../layers/layer.ts';
import type { LayerDef } from '../topology/layer-def.ts';
import type { WeightStore } from './store.ts';

export function keras3Weights(file: Hdf5File, root: LayerDef): WeightStore {
  const groups = new Map<LayerDef, string>();
  const walk = (layer: LayerDef, group: string) => {
    groups.set(layer, group);
    for (const { at, layer: child } of layer.children) walk(child, existing(file, group, at));
  };
  walk(root, '');
  return {
    find(layer, variable) {
      const group = groups.get(layer);
      if (group === undefined) return undefined;
      const holder = variable.at ? existing(file, group, variable.at) : group;
      return file.dataset(`${holder}/vars/${position(layer.variables, variable)}`);
    },
    close: () => file.close(),
  };
}

function existing(file: Hdf5File, group: string, names: readonly string[]): string {
  const paths = names.map(name => `${group}/${name}`);
  return paths.find(path => file.keys(path) !== undefined) ?? (paths[0] as string);
}

/** Place of a variable in its own group. */
function position(variables: readonly Variable[], { id, at }: Variable): number {
  const group = variables.filter(other => other.at?.[0] === at?.[0]);
  const ordered = [...group.filter(({ frozen }) => !frozen), ...group.filter(({ frozen }) => frozen)];
  return ordered.findIndex(other => other.id === id);
}
