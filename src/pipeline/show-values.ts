/**
 * A copy of the prepared model that shows values of each run, all their elements or their extent alone where the runtime
 * can take it, and how a run's results are read.
 *
 * Invariant: what says how results are read is plain data: a run may take place in another thread. A sample's values are
 * dropped before the next one runs. A value inside a loop is held for all turns of one run.
 */
import { addExtentOutputs } from '../core/calibration/extent-outputs.ts';
import { liftValues } from '../core/ir/lift.ts';
import type { Model } from '../core/ir/model.ts';
import type { Value } from '../core/ir/value.ts';
import { writeExposed } from './expose.ts';
import type { Files, OpenOptions, Shown, TensorMap } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { valueBytes } from './value-bytes.ts';
import { weightBytes } from './write-model-file.ts';

/** How a model that shows its values is opened. */
export const SHOWING: OpenOptions = { optimization: 'all', memoryPattern: false };

/** Of weights and values. A run of less is over before a second thread is of use, and that one waits busily. */
const SMALL_BYTES = 4 * 2 ** 20;

/** Threads of a session that runs all samples; undefined for as many as there are cores. */
export function threadsOf({ weights, values }: ShownValues['bytes']): number | undefined {
  return weights + values < SMALL_BYTES ? 1 : undefined;
}

export interface ShowRequest {
  readonly prepared: PreparedModel;
  readonly workDir: string;
  /** Of the model that shows the values. */
  readonly fileName: string;
  /** float32 values whose elements are wanted. */
  readonly names: readonly string[];
  /** Values whose extent is enough; those that the runtime cannot reduce are shown by their elements. */
  readonly extentNames?: readonly string[];
}

/** Names of the outputs that hold an extent. */
type ExtentNames = readonly [min: string, max: string, size: string];

export interface ShownValues {
  readonly path: string;
  /** Bytes of the model's weights, and of the values that it shows in one run. */
  readonly bytes: { readonly weights: number; readonly values: number };
  readonly fetched: readonly string[];
  /** Values by their elements, each with the output that bears them. */
  readonly elements: readonly (readonly [value: string, output: string])[];
  readonly extents: readonly (readonly [value: string, outputs: ExtentNames])[];
}

export type VisitValue = (name: string, data: Float32Array, sample: number, dims: readonly number[]) => void;

/** @param size sum of the sizes of all elements: not finite where one of them is not, or where it overflows */
export type VisitExtent = (
  name: string,
  extent: { readonly min: number; readonly max: number; readonly size: number },
  sample: number,
) => void;

export interface Visitor {
  readonly visit: VisitValue;
  readonly visitExtent?: VisitExtent;
}

export function showValues(request: ShowRequest, files: Files): ShownValues {
  const { names: byElements, extentNames = [] } = request;
  const model = request.prepared.fresh();
  const bytes = {
    weights: weightBytes(model),
    values: valueBytes(model.graph, [...byElements, ...extentNames]),
  };
  const shown = bring(model, [...byElements, ...extentNames]);
  const reducible = extentNames.flatMap(name => {
    const value = shown.get(name);
    return value?.name === name && value.dtype === 'float32' ? [value] : [];
  });
  const reduced = addExtentOutputs(model.graph, reducible);
  const names = [...byElements, ...extentNames.filter(name => !reduced.has(name))];
  const outputs = [...names.flatMap(name => shown.get(name) ?? []), ...[...reduced.values()].flat()];
  const hidden = outputs.filter(value => !model.graph.outputs.includes(value));
  const path = files.join(request.workDir, request.fileName);
  writeExposed(model, hidden, path, files);
  return {
    path,
    bytes,
    fetched: outputs.map(({ name }) => name),
    elements: names.map(name => [name, shown.get(name)?.name ?? name]),
    extents: [...reduced].map(([name, [min, max, size]]) => [name, [min.name, max.name, size.name]]),
  };
}

/** Reads what runs gave. */
export function lookAtRuns(
  { elements, extents }: ShownValues,
  { visit, visitExtent }: Visitor,
): (run: Shown) => void {
  const gather = gatherExtents();
  return ({ sample, results, given = {} }) => {
    for (const [name, output] of elements) {
      const tensor = results[output] ?? given[name];
      if (tensor?.dtype === 'float32' && tensor.data.length > 0)
        visit(name, tensor.data as Float32Array, sample, tensor.dims);
    }
    for (const [name, outputs] of extents) {
      const extent = gather(outputs, results, sample);
      if (extent) visitExtent?.(name, extent, sample);
    }
  };
}

/** The values by name, with those of nested graphs lifted into the main one, where they bear other names. */
function bring(model: Model, names: readonly string[]): ReadonlyMap<string, Value> {
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
  const waiting = new Map<string, ExtentNumbers>();
  return (names: ExtentNames, results: TensorMap, sample: number) => {
    const found = names.map(name => results[name] && Number(results[name].data[0]));
    const whole = extentOf(found);
    if (whole || found.every(each => each === undefined)) return whole;
    const key = `${sample} ${names[0]}`;
    const before = waiting.get(key);
    const all = found.map((each, index) => each ?? before?.[index]);
    const extent = extentOf(all);
    if (extent) waiting.delete(key);
    else waiting.set(key, all);
    return extent;
  };
}

/** In the order of their names, as far as they are there. */
type ExtentNumbers = readonly (number | undefined)[];

function extentOf([min, max, size]: ExtentNumbers) {
  return min === undefined || max === undefined || size === undefined ? undefined : { min, max, size };
}
