/**
 * Runs samples through the prepared model and shows values of each run: all their elements, or their extent alone where
 * the runtime can take it.
 *
 * Invariant: a sample's values are dropped before the next one runs. A value inside a loop is held for all turns of one
 * run.
 */
import { addExtentOutputs, type ExtentOutputs } from '../core/calibration/extent-outputs.ts';
import { liftValues } from '../core/ir/lift.ts';
import type { Model } from '../core/ir/model.ts';
import type { Value } from '../core/ir/value.ts';
import { writeExposed } from './expose.ts';
import type { Ports, SampleSource, Shown, TensorMap } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { runSamples } from './run-samples.ts';

export type VisitValue = (name: string, data: Float32Array, sample: number, dims: readonly number[]) => void;

/** @param size sum of the sizes of all elements: not finite where one of them is not, or where it overflows */
export type VisitExtent = (
  name: string,
  extent: { readonly min: number; readonly max: number; readonly size: number },
  sample: number,
) => void;

export interface Visit {
  readonly prepared: PreparedModel;
  readonly samples: SampleSource;
  readonly workDir: string;
  /** Of the model that shows the values. */
  readonly fileName: string;
  /** float32 values whose elements are wanted. */
  readonly names: readonly string[];
  readonly visit: VisitValue;
  /** Values whose extent is enough; those that the runtime cannot reduce are visited by their elements. */
  readonly extents?: { readonly names: readonly string[]; readonly visit: VisitExtent };
}

export async function visitValues(request: Visit, ports: Ports): Promise<void> {
  const { samples, visit, extents } = request;
  const model = request.prepared.fresh();
  const shown = showValues(model, [...request.names, ...(extents?.names ?? [])]);
  const reducible = (extents?.names ?? []).flatMap(name => {
    const value = shown.get(name);
    return value?.name === name && value.dtype === 'float32' ? [value] : [];
  });
  const reduced = addExtentOutputs(model.graph, reducible);
  const names = [...request.names, ...(extents?.names ?? []).filter(name => !reduced.has(name))];
  const outputs = [...names.flatMap(name => shown.get(name) ?? []), ...[...reduced.values()].flat()];
  const hidden = outputs.filter(value => !model.graph.outputs.includes(value));
  const path = ports.files.join(request.workDir, request.fileName);
  writeExposed(model, hidden, path, ports.files);
  const gather = gatherExtents();
  const look = ({ sample, results, given = {}, fraction }: Shown): void => {
    for (const name of names) {
      const tensor = results[shown.get(name)?.name ?? name] ?? given[name];
      if (tensor?.dtype === 'float32' && tensor.data.length > 0)
        visit(name, tensor.data as Float32Array, sample, tensor.dims);
    }
    for (const [name, scalars] of reduced) {
      const extent = gather(scalars, results, sample);
      if (extent) extents?.visit(name, extent, sample);
    }
    ports.progress({
      stage: 'calibrating',
      fraction,
      message: `sample ${sample + 1} of ${samples.count}`,
    });
  };
  await runSamples(path, { samples, outputs: outputs.map(({ name }) => name), look }, ports);
}

/** The values by name, with those of nested graphs lifted into the main one, where they bear other names. */
function showValues(model: Model, names: readonly string[]): ReadonlyMap<string, Value> {
  const produced = new Map(
    model.graph.nodes.flatMap(node =>
      node.outputs.flatMap(value => (value ? [[value.name, value] as const] : [])),
    ),
  );
  const given = new Set(model.graph.inputs.map(({ name }) => name));
  const nested = new Set(names.filter(name => !produced.has(name) && !given.has(name)));
  if (nested.size > 0) for (const [name, value] of liftValues(model, nested)) produced.set(name, value);
  return produced;
}

/** Gives an extent when its three numbers are there: a model in pieces may be cut between the reductions. */
function gatherExtents() {
  const waiting = new Map<string, TensorMap>();
  return (scalars: ExtentOutputs, results: TensorMap, sample: number) => {
    const names = scalars.map(({ name }) => name);
    const found = names.filter(name => results[name]);
    if (found.length === 0) return undefined;
    const key = `${sample} ${names[0]}`;
    const all = { ...waiting.get(key), ...Object.fromEntries(found.map(name => [name, results[name]!])) };
    const [min, max, size] = names.map(name => all[name] && Number(all[name].data[0]));
    if (min !== undefined && max !== undefined && size !== undefined) {
      waiting.delete(key);
      return { min, max, size };
    }
    waiting.set(key, all);
    return undefined;
  };
}
