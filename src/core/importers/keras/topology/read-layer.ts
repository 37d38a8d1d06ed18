/**
 * Reads one serialized layer: which class it is, its config, its variables, what it wraps.
 *
 * Invariant: only classes of Keras itself are taken, by `module` and `registered_name` as well as by class name, for a
 * custom class may carry a built-in name. Nothing is looked up outside the registry of this importer.
 */
import { computeType } from '../config/dtype-policy.ts';
import { Fields } from '../config/fields.ts';
import type { Json, JsonObject } from '../config/json.ts';
import { asText, isList, isObject, own } from '../config/json.ts';
import { layerSpec } from '../layers/index.ts';
import type { LayerSpec } from '../layers/layer.ts';
import { LIMITS } from '../limits.ts';
import { exceeded, invalid, unsupported } from '../problems.ts';
import type { ChildDef, LayerDef, ModelGraph } from './layer-def.ts';
import type { NestedContext, ReadContext } from './read-context.ts';
import { readModelGraph } from './read-model.ts';

const MODEL_CLASSES = new Set(['Sequential', 'Functional', 'Model']);
const TENSORFLOW_CALLS = new Set([
  'TFOpLambda',
  'SlicingOpLambda',
  'TensorFlowOpLayer',
  'ClassMethod',
  'InstanceMethod',
]);

export function readLayer(json: Json | undefined, around: ReadContext): LayerDef {
  const context: NestedContext = { ...around, readLayer };
  if (!isObject(json)) throw invalid(context.prefix || 'model', 'layers', 'every layer must be an object.');
  if (++context.count.layers > LIMITS.layers)
    throw exceeded('layers', `The model has more than ${LIMITS.layers} layers.`);
  const className = asText(own(json, 'class_name')) ?? '';
  const config = configOf(json);
  const name = asText(own(config, 'name')) ?? asText(own(json, 'name')) ?? className;
  if (name.length > LIMITS.nameBytes)
    throw exceeded('nameBytes', `A layer name has ${name.length} characters.`);
  const path = context.prefix + name;
  const content = contentOf(json, className, config, path, context);
  const fields = new Fields(config, path);
  return {
    name,
    path,
    className,
    fields,
    trainable: own(config, 'trainable') !== false,
    content,
    ...('kind' in content ? modelParts(content) : layerParts(content, fields, context)),
  };
}

/** The config; Keras before 2.2.5 wrote a Sequential's layers as the config itself. */
function configOf(json: JsonObject): JsonObject {
  const config = own(json, 'config');
  if (isList(config)) return { layers: config };
  return isObject(config) ? config : {};
}

function contentOf(
  json: JsonObject,
  className: string,
  config: JsonObject,
  path: string,
  context: NestedContext,
): LayerSpec | ModelGraph {
  const module = asText(own(json, 'module'));
  const registered = asText(own(json, 'registered_name'));
  refuseForeign(className, module, registered, config, path);
  if (MODEL_CLASSES.has(className)) return readModelGraph(className, config, path, context);
  const spec = layerSpec(className, module);
  if (spec) return spec;
  throw unsupported(
    path,
    `unknown layer class ${module ? `${module}.` : ''}${className}.`,
    'Only the layers of Keras itself that the documentation lists can be converted; put the model together from those.',
  );
}

function refuseForeign(
  className: string,
  module: string | undefined,
  registered: string | undefined,
  config: JsonObject,
  path: string,
): void {
  if (className === 'Lambda')
    throw unsupported(
      path,
      'a Lambda layer holds Python code, which is never executed.',
      'Replace the Lambda layer by built-in layers (Rescaling, Activation, keras.ops) and save the model again.',
    );
  if (TENSORFLOW_CALLS.has(className))
    throw unsupported(
      path,
      `${className} calls the TensorFlow function "${asText(own(config, 'function')) ?? 'unknown'}", which is not supported.`,
      'Replace the call by a layer (Add, Multiply, Rescaling, Reshape, ...) and save the model again.',
    );
  const ours =
    module === undefined ||
    /^(keras|tf_keras|tensorflow\.keras|tensorflow\.python\.keras)(\.|$)/.test(module);
  const custom = registered !== undefined && registered !== className;
  if (ours && !custom && !className.includes('>')) return;
  const full = custom ? registered : className.includes('>') ? className : `${module}.${className}`;
  throw unsupported(
    path,
    `unknown layer class ${full}: a custom ${isList(own(config, 'layers')) ? 'model' : 'class'} is Python code, which is never executed.`,
    'Replace the custom class by built-in layers, or build the model with the functional API, and save it again.',
  );
}

/** Classes that are exported under another name than their own, which names the group of their weights. */
const PYTHON_NAMES: ReadonlyMap<string, string> = new Map([['GroupQueryAttention', 'GroupedQueryAttention']]);

type Parts = Pick<LayerDef, 'variables' | 'children' | 'compute'>;

function layerParts(spec: LayerSpec, fields: Fields, context: NestedContext): Parts {
  const compute = computeType(fields);
  if (context.depth >= LIMITS.modelDepth)
    throw exceeded('modelDepth', `Layer "${fields.layer}" is nested too deep.`);
  const inner = { ...context, prefix: `${fields.layer}/`, depth: context.depth + 1 };
  return {
    compute,
    variables: spec.variables?.(fields, context.version) ?? [],
    children: (spec.children?.(fields) ?? []).map(({ at, config }) => ({
      at,
      layer: readLayer(config, inner),
    })),
  };
}

function modelParts(graph: ModelGraph): Parts {
  const used = new Map<string, number>();
  const children: ChildDef[] = [];
  for (const layer of graph.layers.values()) {
    const base = snakeCase(PYTHON_NAMES.get(layer.className) ?? layer.className);
    const before = used.get(base);
    used.set(base, before === undefined ? 0 : before + 1);
    const name = before === undefined ? base : `${base}_${before + 1}`;
    children.push({ at: [`layers/${name}`, `_layer_checkpoint_dependencies/${name}`], layer });
  }
  return { compute: 'float32', variables: [], children };
}

/** As keras.src.utils.naming.to_snake_case: a .keras file names layers by their class. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
