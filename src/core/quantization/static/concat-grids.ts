/**
 * What goes into a Concat may as well lie on the grid of what comes out: then its elements are rounded once instead of
 * twice, and the kernel copies codes.
 *
 * - Where nobody else reads them, they always do: their own rounding falls away and nothing takes its place.
 * - Where others read them too, they do if the grid of the Concat covers theirs and its steps are at most sqrt(2) times as
 *   wide: with own steps s and steps c, the Concat's side goes from s^2 + c^2 to c^2, the other from s^2 to c^2 <= 2 s^2.
 *
 * Invariant: types stay as they are, no clip comes back that a quantizer had absorbed, and a grid that is fixed by the
 * operator that writes it (Sigmoid) is left.
 */
import { isGraphOutput } from '../../ir/edit.ts';
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import type { ActivationQuant } from '../plan.ts';
import { typeRange } from '../qparams.ts';
import { quantizedValues, type SelectedNode, type Selection } from './selection.ts';

/** Squared: how much wider the steps may get for other readers. */
const WIDER = 2;

export interface Grids {
  /** By the value whose statistics they came from; edited in place. */
  readonly parameters: Map<Value, ActivationQuant>;
  readonly representative: (value: Value) => Value;
  /** Whether the quantizer of its output does what the clip does. */
  readonly isAbsorbed: (node: Node, chosen: SelectedNode, grid: ActivationQuant) => boolean;
}

export function shareConcatGrids({ selected }: Selection, grids: Grids): void {
  const { parameters, representative, isAbsorbed } = grids;
  const members = new Map<Value, Set<Value>>();
  for (const [node, chosen] of selected)
    for (const value of quantizedValues(node, chosen)) {
      const source = representative(value);
      members.set(source, (members.get(source) ?? new Set()).add(value));
    }
  const keepsClips = (group: ReadonlySet<Value>, own: ActivationQuant, grid: ActivationQuant): boolean =>
    [...group].every(value => {
      const node = value.producer;
      const chosen = node && selected.get(node);
      return (
        chosen?.spec.role !== 'clip' || !isAbsorbed(node!, chosen, own) || isAbsorbed(node!, chosen, grid)
      );
    });
  const goesOn = (value: Value, concat: Node, group: ReadonlySet<Value>): boolean =>
    [...value.uses].every(
      ({ node }) => node === concat || (selected.has(node) && group.has(node.outputs[0] as Value)),
    );

  const settled = new Set<Value>();
  // From the end: a Concat of Concats gives its grid to those, and they to theirs.
  for (const [concat, { graph, inputs, outputs }] of [...selected].reverse()) {
    const [output] = concat.outputs;
    const grid = output && parameters.get(representative(output));
    if (concat.qualifiedType !== 'Concat' || !grid || outputs.length === 0) continue;
    for (const index of inputs) {
      const value = concat.inputs[index];
      const source = value && !value.initializer ? representative(value) : undefined;
      const own = source && parameters.get(source);
      const group = source && members.get(source);
      if (!own?.range || !group || own.dtype !== grid.dtype || settled.has(source)) continue;
      const alone = [...group].every(each => !isGraphOutput(graph, each) && goesOn(each, concat, group));
      if (!(alone || serves(grid, own)) || !keepsClips(group, own, grid)) continue;
      parameters.set(source, grid);
      settled.add(source);
    }
  }
}

function serves(grid: ActivationQuant, own: ActivationQuant): boolean {
  const [wide, narrow] = [ends(grid), ends(own)];
  const covers = wide.min <= narrow.min + own.scale && wide.max >= narrow.max - own.scale;
  return covers && grid.scale ** 2 <= WIDER * own.scale ** 2;
}

function ends({ dtype, scale, zeroPoint }: ActivationQuant): { readonly min: number; readonly max: number } {
  const { min, max } = typeRange(dtype);
  return { min: (min - zeroPoint) * scale, max: (max - zeroPoint) * scale };
}
