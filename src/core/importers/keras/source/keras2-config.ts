/**
 * A model of any generation as the config of Keras 2 that TensorFlow.js layers read.
 *
 * Invariant: only settings that inference needs are written; initializers are zeros, for the weights are set afterwards.
 */
import { activationName } from '../activations.ts';
import type { Json, JsonObject } from '../config/json.ts';
import { isList, own } from '../config/json.ts';
import type { KerasVersion } from '../config/version.ts';
import { unsupported } from '../problems.ts';
import type { ArgumentData, CallData, TensorRef } from '../topology/call-data.ts';
import { refsOf } from '../topology/call-data.ts';
import type { InputDef, LayerDef, ModelGraph } from '../topology/layer-def.ts';
import { isModel } from '../topology/layer-def.ts';
import { ENGINE_LAYERS } from './engine-layers.ts';

const ZEROS = { class_name: 'Zeros', config: {} };
/** Only training, or Keras 3, knows these. */
const DROPPED =
  /_(regularizer|constraint)$|^(dtype|trainable|quantization_config|synchronized|renorm.*|seed|batch_input_shape|batch_shape|autocast|implementation|layer|build_input_shape|rms_scaling|groups)$/;

/** @throws model_unsupported with the layer that the engine lacks */
export function keras2Config(name: string, graph: ModelGraph, version: KerasVersion): JsonObject {
  const reference = ({ layer, node, tensor }: TensorRef): Json => {
    const def = graph.layers.get(layer);
    // Keras 2 counts the calls of a nested model from 1.
    return [layer, def && isModel(def.content) ? node + 1 : node, tensor];
  };
  const layers = [...graph.layers].map(
    ([key, def]): Json => ({
      ...layerConfig(def, version),
      name: key,
      inbound_nodes: (graph.calls.get(key) ?? []).map(call => inbound(def, call, reference)),
    }),
  );
  return {
    class_name: 'Model',
    config: {
      name,
      layers: [...graph.inputs.map(inputConfig), ...layers],
      input_layers: graph.inputs.map(input => [input.name, 0, 0]),
      output_layers: graph.outputs.map(reference),
    },
  };
}

function inputConfig({ name, shape, dtype }: InputDef): Json {
  const config = {
    name,
    batch_input_shape: [...(shape ?? [])],
    dtype: dtype === 'int32' ? 'int32' : 'float32',
    sparse: false,
  };
  return { class_name: 'InputLayer', config, name, inbound_nodes: [] };
}

/** Positional tensors only: what comes by keyword has no place in the layout of Keras 2 that is read. */
function inbound(def: LayerDef, call: CallData, reference: (ref: TensorRef) => Json): Json {
  const [first, ...more] = call.args;
  const named = [...call.kwargs.values()].some(
    data => [...refsOf({ args: [data], kwargs: new Map() })].length > 0,
  );
  if (more.length > 0 || named) throw lacking(def, 'calls with more than the tensors of its first argument');
  return tensors(def, first).map(ref => [...(reference(ref) as readonly Json[]), {}]);
}

function tensors(def: LayerDef, data: ArgumentData | undefined): readonly TensorRef[] {
  if (data?.kind === 'tensor') return [data.ref];
  if (data?.kind === 'list') return data.items.flatMap(item => tensors(def, item));
  throw lacking(def, 'calls with something else than tensors');
}

function layerConfig(def: LayerDef, version: KerasVersion): JsonObject {
  const { className, content, fields } = def;
  if (isModel(content)) return keras2Config(def.name, content, version);
  const objection = Object.hasOwn(ENGINE_LAYERS, className) ? ENGINE_LAYERS[className] : undefined;
  if (!objection) throw lacking(def, `the layer ${className}`);
  const reason = objection(fields, version);
  if (reason !== undefined) throw lacking(def, reason);
  const [wrapped] = def.children;
  const config: Record<string, Json> = { name: def.name, dtype: 'float32', trainable: true };
  for (const key of Object.keys(fields.raw)) {
    const value = own(fields.raw, key);
    if (value === undefined || key === 'name' || DROPPED.test(key)) continue;
    config[key] = key.endsWith('_initializer') ? ZEROS : plainValue(def, key, value);
  }
  if (className === 'LeakyReLU' && config.negative_slope !== undefined) config.alpha = config.negative_slope;
  if (wrapped) config.layer = layerConfig(wrapped.layer, version);
  return { class_name: className, config };
}

function plainValue(def: LayerDef, key: string, value: Json): Json {
  if (key === 'activation' || key === 'recurrent_activation') {
    const name = activationName(def.fields, key);
    return name === 'silu' ? 'swish' : name;
  }
  // A BatchNormalization of Keras 2.4 has its one axis in a list.
  if (key === 'axis' && def.className === 'BatchNormalization' && isList(value)) return value[0] ?? -1;
  return value;
}

function lacking(def: LayerDef, what: string): Error {
  return unsupported(def.path, `TensorFlow.js does not have ${what}.`);
}
