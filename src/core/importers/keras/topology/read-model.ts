/**
 * Reads the graph of a Sequential or Functional config.
 *
 * Invariant: every reference names a layer that exists and a call of it that exists, counted from 0, whatever the
 * generation of the file: Keras 2 counts the calls of a nested model from 1, and Keras 3 does so among the outputs.
 */
import type { DType } from '../../../tensor/dtype.ts';
import { DTYPES } from '../../../tensor/dtype.ts';
import { Fields } from '../config/fields.ts';
import type { Json, JsonObject } from '../config/json.ts';
import { asText, isList, isObject, own } from '../config/json.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { LIMITS } from '../limits.ts';
import { exceeded, invalid, unsupported } from '../problems.ts';
import type { ArgumentData, CallData, TensorRef } from './call-data.ts';
import { readCalls, readRefs, refsOf } from './call-data.ts';
import type { InputDef, LayerDef, ModelGraph } from './layer-def.ts';
import { isModel } from './layer-def.ts';
import type { NestedContext } from './read-context.ts';

export function readModelGraph(
  className: string,
  config: JsonObject,
  path: string,
  context: NestedContext,
): ModelGraph {
  if (context.depth >= LIMITS.modelDepth) throw exceeded('modelDepth', `Model "${path}" is nested too deep.`);
  const layers = own(config, 'layers');
  if (!isList(layers))
    throw unsupported(
      path,
      'the config holds no graph: a subclassed model is Python code, which is never executed.',
      'Build the model with keras.Sequential or keras.Model(inputs, outputs) and save it again.',
    );
  const root = context.depth === 0;
  const inner = { ...context, prefix: root ? '' : `${path}/`, depth: context.depth + 1 };
  return className === 'Sequential'
    ? sequential(layers, config, path, inner)
    : functional(layers, config, path, inner);
}

function sequential(
  layers: readonly Json[],
  config: JsonObject,
  path: string,
  context: NestedContext,
): ModelGraph {
  const entries = layers.map(json => entryOf(json, path));
  const [first] = entries;
  if (!first) throw invalid(path, 'layers', 'a Sequential model must have layers.');
  const input = first.className === 'InputLayer' ? readInput(first, path) : undefined;
  const defs = new Map<string, LayerDef>();
  for (const { json } of input ? entries.slice(1) : entries) {
    const def = context.readLayer(json, context);
    if (defs.has(def.name)) throw invalid(path, 'layers', `two layers are named "${def.name}".`);
    defs.set(def.name, def);
  }
  const source = input ?? impliedInput(first, [...defs.values()][0], config, path);
  const chain = [source.name, ...defs.keys()].map(layer => ({ layer, node: 0, tensor: 0 }));
  const calls = new Map([...defs.keys()].map((name, index) => [name, [callOn(chain[index] as TensorRef)]]));
  return { kind: 'model', inputs: [source], layers: defs, calls, outputs: chain.slice(-1) };
}

const callOn = (ref: TensorRef): CallData => ({ args: [{ kind: 'tensor', ref }], kwargs: new Map() });

function functional(
  layers: readonly Json[],
  config: JsonObject,
  path: string,
  context: NestedContext,
): ModelGraph {
  const inputs = new Map<string, InputDef>();
  const defs = new Map<string, LayerDef>();
  const calls = new Map<string, readonly CallData[]>();
  let legacy = false;
  for (const json of layers) {
    const entry = entryOf(json, path);
    if (entry.className === 'InputLayer') {
      const input = readInput(entry, path);
      inputs.set(asText(own(entry.json, 'name')) ?? input.name, input);
      continue;
    }
    const def = context.readLayer(json, context);
    // The graph refers to layers by the name beside the config.
    const name = asText(own(entry.json, 'name')) ?? def.name;
    if (defs.has(name) || inputs.has(name)) throw invalid(path, 'layers', `two layers are named "${name}".`);
    const inbound = own(entry.json, 'inbound_nodes');
    legacy ||= isList(inbound) && inbound.some(node => isList(node));
    defs.set(name, def);
    calls.set(name, readCalls(def.path, inbound));
  }
  const outputs = readRefs(path, 'output_layers', own(config, 'output_layers'));
  const graph = renumber({ defs, calls, outputs, legacy });
  const order = readRefs(path, 'input_layers', own(config, 'input_layers')).map(({ layer }) => {
    const input = inputs.get(layer);
    if (!input) throw invalid(path, 'input_layers', `"${layer}" is not an input layer.`);
    return { ...input, name: layer };
  });
  for (const list of graph.calls.values())
    for (const call of list) for (const ref of refsOf(call)) check(ref, graph.calls, inputs, path);
  for (const ref of graph.outputs) check(ref, graph.calls, inputs, path);
  return { kind: 'model', inputs: order, layers: defs, ...graph };
}

interface Numbered {
  readonly defs: ReadonlyMap<string, LayerDef>;
  readonly calls: ReadonlyMap<string, readonly CallData[]>;
  readonly outputs: readonly TensorRef[];
  readonly legacy: boolean;
}

/** Counts the calls of nested models from 0 everywhere. */
function renumber({ defs, calls, outputs, legacy }: Numbered): Pick<ModelGraph, 'calls' | 'outputs'> {
  const first = new Map<string, number>();
  const note = ({ layer, node }: TensorRef) => first.set(layer, Math.min(node, first.get(layer) ?? node));
  for (const list of calls.values()) for (const call of list) for (const ref of refsOf(call)) note(ref);
  for (const ref of outputs) note(ref);
  const shifted = (ref: TensorRef, among: 'calls' | 'outputs'): TensorRef => {
    const def = defs.get(ref.layer);
    if (!def || !isModel(def.content) || ref.node === 0) return ref;
    const fromOne = legacy
      ? first.get(ref.layer) === 1
      : among === 'outputs' && def.className !== 'Sequential';
    return fromOne ? { ...ref, node: ref.node - 1 } : ref;
  };
  const move = (data: ArgumentData): ArgumentData =>
    data.kind === 'tensor'
      ? { kind: 'tensor', ref: shifted(data.ref, 'calls') }
      : data.kind === 'list'
        ? { kind: 'list', items: data.items.map(move) }
        : data;
  const moved = [...calls].map(([name, list]): [string, readonly CallData[]] => [
    name,
    list.map(({ args, kwargs }) => ({
      args: args.map(move),
      kwargs: new Map([...kwargs].map(([key, data]) => [key, move(data)])),
    })),
  ]);
  return { calls: new Map(moved), outputs: outputs.map(ref => shifted(ref, 'outputs')) };
}

function check(
  { layer, node }: TensorRef,
  calls: ReadonlyMap<string, readonly CallData[]>,
  inputs: ReadonlyMap<string, InputDef>,
  path: string,
): void {
  const count = inputs.has(layer) ? 1 : calls.get(layer)?.length;
  if (count === undefined) throw invalid(path, 'inbound_nodes', `there is no layer "${layer}".`);
  if (node >= count)
    throw invalid(
      path,
      'inbound_nodes',
      `node index out of range: call ${node} of "${layer}", which has ${count}.`,
    );
}

interface Entry {
  readonly json: JsonObject;
  readonly className: string;
  readonly config: JsonObject;
}

function entryOf(json: Json, path: string): Entry {
  if (!isObject(json)) throw invalid(path, 'layers', 'every layer must be an object.');
  const config = own(json, 'config');
  return { json, className: asText(own(json, 'class_name')) ?? '', config: isObject(config) ? config : {} };
}

function readInput({ json, config }: Entry, path: string): InputDef {
  const name = asText(own(config, 'name')) ?? asText(own(json, 'name')) ?? 'input';
  for (const kind of ['sparse', 'ragged'])
    if (own(config, kind) === true)
      throw unsupported(`${path}/${name}`, `its tensors are ${kind}.`, 'Use a dense input.');
  const shape = readShape(own(config, 'batch_shape') ?? own(config, 'batch_input_shape'), name);
  return { name, shape, dtype: inputType(config, name) };
}

/** The input of a Sequential model without an InputLayer: said by its first layer or by the shape it was built for. */
function impliedInput(first: Entry, def: LayerDef | undefined, config: JsonObject, path: string): InputDef {
  const nested = def && isModel(def.content) ? def.content.inputs[0] : undefined;
  const name = `${def?.name ?? path}_input`;
  const declared = own(first.config, 'batch_input_shape') ?? own(first.config, 'batch_shape');
  const built = own(config, 'build_input_shape') ?? own(first.config, 'build_input_shape');
  const layerBuild = own(first.json, 'build_config');
  const shape =
    readShape(declared ?? built, name) ??
    nested?.shape ??
    (isObject(layerBuild) ? readShape(own(layerBuild, 'input_shape'), name) : undefined);
  return { name, shape, dtype: nested?.dtype ?? (def && !isModel(def.content) ? def.compute : 'float32') };
}

function readShape(json: Json | undefined, name: string): Shape | undefined {
  if (!isList(json)) return undefined;
  if (json.length > LIMITS.rank) throw exceeded('rank', `The input "${name}" has rank ${json.length}.`);
  return json.map(dim => {
    if (dim === null) return null;
    if (typeof dim === 'number' && Number.isInteger(dim) && dim >= 0 && dim <= LIMITS.dimension) return dim;
    throw invalid(name, 'batch_shape', 'must hold lengths of axes.');
  });
}

function inputType(config: JsonObject, name: string): DType {
  const fields = new Fields(config, name);
  const json = fields.json('dtype');
  const policy = isObject(json) ? own(json, 'config') : undefined;
  const text = asText(json) ?? (isObject(policy) ? asText(own(policy, 'name')) : undefined) ?? 'float32';
  const type = text.replace(/^mixed_b?float16$/, 'float32');
  if (type === 'string' || !Object.hasOwn(DTYPES, type))
    throw unsupported(name, `inputs of type ${text} are not supported.`, 'Feed numbers to the model.');
  if (type === 'float64')
    throw unsupported(name, 'inputs of type float64 are not supported.', 'Use float32.');
  return type as DType;
}
