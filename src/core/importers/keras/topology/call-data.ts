/**
 * How a layer is called, read from `inbound_nodes` in both layouts that Keras has used.
 *
 * Keras 2: `[["conv", 0, 0, {kwargs}], ...]`, tensors inside kwargs as `["conv", 0, 0]`.
 * Keras 3: `{"args": [...], "kwargs": {...}}` with tensors as `__keras_tensor__` objects.
 *
 * Invariant: a call is data; functions, modules and bytecode are refused by name.
 */
import type { Json, JsonObject } from '../config/json.ts';
import { asText, isList, isObject, own } from '../config/json.ts';
import { invalid, unsupported } from '../problems.ts';

export interface TensorRef {
  readonly layer: string;
  /** Which call of the layer. */
  readonly node: number;
  /** Which of its outputs. */
  readonly tensor: number;
}

export type ArgumentData =
  | { readonly kind: 'tensor'; readonly ref: TensorRef }
  | { readonly kind: 'list'; readonly items: readonly ArgumentData[] }
  | { readonly kind: 'slice'; readonly bounds: readonly [ArgumentData, ArgumentData, ArgumentData] }
  /** A constant array, by its nested values. */
  | { readonly kind: 'array'; readonly value: Json; readonly dtype: string }
  | { readonly kind: 'scalar'; readonly value: null | boolean | number | string };

export interface CallData {
  readonly args: readonly ArgumentData[];
  readonly kwargs: ReadonlyMap<string, ArgumentData>;
}

/** Name that Keras 2 gives a constant in the place of a layer. */
const CONSTANT = '_CONSTANT_VALUE';

export function readCalls(layer: string, inbound: Json | undefined): readonly CallData[] {
  if (inbound === undefined || inbound === null) return [];
  if (!isList(inbound)) throw invalid(layer, 'inbound_nodes', 'must be a list.');
  return inbound.map(node =>
    isObject(node) && Object.hasOwn(node, 'args') ? modern(layer, node) : legacy(layer, node),
  );
}

/** Tensors named anywhere in the call. */
export function* refsOf(call: CallData): Generator<TensorRef> {
  const open = [...call.args, ...call.kwargs.values()];
  for (let data = open.pop(); data; data = open.pop()) {
    if (data.kind === 'tensor') yield data.ref;
    else if (data.kind === 'list') open.push(...data.items);
    else if (data.kind === 'slice') open.push(...data.bounds);
  }
}

/** `["name", 0, 0]`, or such a list in the legacy layout of outputs. */
export function readRef(layer: string, field: string, json: Json | undefined): TensorRef {
  const [name, node, tensor] = isList(json) ? json : [];
  if (typeof name !== 'string' || !isIndex(node) || !isIndex(tensor))
    throw invalid(layer, field, 'must name a layer, a node index and a tensor index.');
  return { layer: name, node, tensor };
}

/** All references in a nested list or dictionary, in the order of Keras, which sorts the keys of a dictionary. */
export function readRefs(layer: string, field: string, json: Json | undefined): readonly TensorRef[] {
  if (isList(json) && typeof json[0] === 'string') return [readRef(layer, field, json)];
  if (isList(json)) return json.flatMap(item => readRefs(layer, field, item));
  if (isObject(json))
    return Object.keys(json)
      .sort()
      .flatMap(key => readRefs(layer, field, own(json, key)));
  throw invalid(layer, field, 'must hold references to layers.');
}

function legacy(layer: string, node: Json): CallData {
  if (!isList(node)) throw invalid(layer, 'inbound_nodes', 'has an unknown layout.');
  // A single tensor may stand without the list around it.
  const entries = typeof node[0] === 'string' ? [node] : node;
  const kwargs = new Map<string, ArgumentData>();
  const tensors = entries.map(entry => {
    if (!isList(entry)) throw invalid(layer, 'inbound_nodes', 'has an unknown layout.');
    const extra = entry[3];
    if (isObject(extra))
      for (const key of Object.keys(extra)) kwargs.set(key, legacyArgument(layer, own(extra, key)));
    if (entry[0] === CONSTANT) return argument(layer, entry[2]);
    return { kind: 'tensor', ref: readRef(layer, 'inbound_nodes', entry) } as const;
  });
  const [first] = tensors;
  return { args: tensors.length === 1 && first ? [first] : [{ kind: 'list', items: tensors }], kwargs };
}

function legacyArgument(layer: string, json: Json | undefined): ArgumentData {
  if (isList(json)) {
    const [name, node, tensor] = json;
    if (typeof name === 'string' && name === CONSTANT) return argument(layer, tensor);
    if (typeof name === 'string' && isIndex(node) && isIndex(tensor))
      return { kind: 'tensor', ref: { layer: name, node, tensor } };
    return { kind: 'list', items: json.map(item => legacyArgument(layer, item)) };
  }
  return argument(layer, json);
}

function modern(layer: string, node: JsonObject): CallData {
  const args = own(node, 'args');
  const kwargs = own(node, 'kwargs') ?? {};
  if (!isList(args) || !isObject(kwargs)) throw invalid(layer, 'inbound_nodes', 'has an unknown layout.');
  return {
    args: args.map(item => argument(layer, item)),
    kwargs: new Map(Object.keys(kwargs).map(key => [key, argument(layer, own(kwargs, key))])),
  };
}

function argument(layer: string, json: Json | undefined): ArgumentData {
  if (isList(json)) return { kind: 'list', items: json.map(item => argument(layer, item)) };
  if (isObject(json)) return special(layer, json);
  return { kind: 'scalar', value: json ?? null };
}

function special(layer: string, json: JsonObject): ArgumentData {
  const className = asText(own(json, 'class_name'));
  const config = own(json, 'config');
  const settings = isObject(config) ? config : {};
  switch (className) {
    case '__keras_tensor__':
      return { kind: 'tensor', ref: readRef(layer, 'inbound_nodes', own(settings, 'keras_history')) };
    case '__slice__': {
      const bound = (name: string) => argument(layer, own(settings, name));
      return { kind: 'slice', bounds: [bound('start'), bound('stop'), bound('step')] };
    }
    case '__tuple__': {
      const items = own(json, 'items') ?? config;
      return { kind: 'list', items: isList(items) ? items.map(item => argument(layer, item)) : [] };
    }
    case '__tensor__':
    case '__numpy__':
      return {
        kind: 'array',
        value: own(settings, 'value') ?? null,
        dtype: asText(own(settings, 'dtype')) ?? 'float32',
      };
    case '__ellipsis__':
      return { kind: 'scalar', value: '...' };
    default:
      throw unsupported(
        layer,
        `it is called with ${className === undefined ? 'a dictionary' : `a "${className}" object`}, which cannot be converted.`,
        'Call the layer with tensors, lists and numbers.',
      );
  }
}

function isIndex(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
