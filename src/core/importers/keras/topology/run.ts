/**
 * Writes a model: calls its layers in the order of their inputs, models inside models in place.
 *
 * Invariant: a call runs once all tensors it names exist; what is left when none can run is a cycle, and refused. The
 * number of calls is bounded, for models that call each other twice double with each level.
 */

import { isFloat } from '../../../tensor/dtype.ts';
import { tensorOf } from '../../../tensor/tensor.ts';
import type { Json } from '../config/json.ts';
import { isList } from '../config/json.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import type { Argument } from '../layers/layer.ts';
import { LIMITS } from '../limits.ts';
import { exceeded, invalid, unsupported } from '../problems.ts';
import type { ArgumentData, CallData, TensorRef } from './call-data.ts';
import { refsOf } from './call-data.ts';
import type { Session } from './layer-call.ts';
import { Call, tensorsIn } from './layer-call.ts';
import type { LayerDef, ModelGraph } from './layer-def.ts';
import { isModel } from './layer-def.ts';

/** A session whose `call` runs layers and models. */
export function createSession(parts: Omit<Session, 'call' | 'parameters' | 'maskless'>): Session {
  let calls = 0;
  const session: Session = {
    ...parts,
    parameters: new Map(),
    maskless: new Set(),
    call(layer, args, kwargs) {
      if (++calls > LIMITS.calls)
        throw exceeded('calls', `The model makes more than ${LIMITS.calls} layer calls.`);
      return callLayer(session, layer, args, kwargs);
    },
  };
  return session;
}

export function runModel(
  session: Session,
  graph: ModelGraph,
  path: string,
  inputs: readonly KerasTensor[],
): readonly KerasTensor[] {
  if (inputs.length !== graph.inputs.length)
    throw invalid(
      path,
      'inbound_nodes',
      `the model has ${graph.inputs.length} inputs and is given ${inputs.length}.`,
    );
  const done = new Map<string, readonly KerasTensor[]>();
  graph.inputs.forEach(({ name }, index) => {
    done.set(key(name, 0), [inputs[index] as KerasTensor]);
  });
  const waiting = [...graph.calls].flatMap(([name, list]) =>
    list.map((call, node) => ({ name, node, call })),
  );
  for (const { name, node, call } of inOrder(waiting, done, path)) {
    const layer = graph.layers.get(name) as LayerDef;
    const value = (ref: TensorRef) => lookUp(done, ref, layer.path);
    const args = call.args.map(data => argumentOf(session.builder, data, value));
    const kwargs = new Map(
      [...call.kwargs].map(([k, data]) => [k, argumentOf(session.builder, data, value)]),
    );
    done.set(key(name, node), session.call(layer, args, kwargs));
  }
  return graph.outputs.map(ref => lookUp(done, ref, path));
}

/** Layers that compute something else in training; augmentation is called with training=True and still absent later. */
const TRAINED_OTHERWISE = /Dropout|Noise|BatchNormalization|^(Sequential|Functional|Model)$/;

interface Waiting {
  readonly name: string;
  readonly node: number;
  readonly call: CallData;
}

/** Calls in an order in which every tensor exists before it is used; Kahn's algorithm, first come first served. */
function* inOrder(
  all: readonly Waiting[],
  done: ReadonlyMap<string, unknown>,
  path: string,
): Generator<Waiting> {
  const users = new Map<string, Waiting[]>();
  const missing = new Map<Waiting, number>();
  const ready: Waiting[] = [];
  for (const waiting of all) {
    const needs = new Set(
      [...refsOf(waiting.call)].map(ref => key(ref.layer, ref.node)).filter(id => !done.has(id)),
    );
    missing.set(waiting, needs.size);
    if (needs.size === 0) ready.push(waiting);
    for (const id of needs) users.set(id, [...(users.get(id) ?? []), waiting]);
  }
  for (let at = 0; at < ready.length; at++) {
    const next = ready[at] as Waiting;
    yield next;
    for (const user of users.get(key(next.name, next.node)) ?? []) {
      const left = (missing.get(user) as number) - 1;
      missing.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  const stuck = all.find(waiting => missing.get(waiting) !== 0);
  if (stuck) throw invalid(path, 'inbound_nodes', `cyclic graph: "${stuck.name}" waits for itself.`);
}

function callLayer(
  session: Session,
  layer: LayerDef,
  args: readonly Argument[],
  kwargs: ReadonlyMap<string, Argument>,
): readonly KerasTensor[] {
  if (kwargs.get('training') === true && TRAINED_OTHERWISE.test(layer.className))
    throw unsupported(
      layer.path,
      'it is called with training=True, so it behaves at inference as in training.',
      'Build the model without training=True.',
    );
  const masked = withMasks(
    args.map(argument => unmasked(session, argument)),
    kwargs.get('mask'),
  );
  if (isModel(layer.content)) return runModel(session, layer.content, layer.path, tensorsIn(masked[0]));
  const { masking, emit } = layer.content;
  const call = new Call(session, layer, masked, kwargs);
  const result = session.builder.within(layer.path, () => emit(call));
  const outputs = result instanceof KerasTensor ? [result] : result;
  const mask = call.inputs[0]?.mask;
  return outputs.map(output => {
    const typed = isFloat(output.dtype) ? output.withExternal(layer.compute) : output;
    return masking === 'own' ? typed : typed.withMask(masking === 'pass' ? mask : undefined);
  });
}

function unmasked(session: Session, argument: Argument): Argument {
  if (argument instanceof KerasTensor)
    return session.maskless.has(argument.value) ? argument.withMask(undefined) : argument;
  return Array.isArray(argument) ? argument.map((item: Argument) => unmasked(session, item)) : argument;
}

/** Masks given as an argument take the place of those that came with the tensors. */
function withMasks(args: readonly Argument[], mask: Argument): readonly Argument[] {
  const [first, ...rest] = args;
  if (mask instanceof KerasTensor && first instanceof KerasTensor)
    return [first.withMask(mask.value), ...rest];
  if (!Array.isArray(mask) || !Array.isArray(first)) return args;
  const masks = mask as readonly Argument[];
  return [
    first.map((item: Argument, index) => {
      const own = masks[index];
      return item instanceof KerasTensor && own instanceof KerasTensor ? item.withMask(own.value) : item;
    }),
    ...rest,
  ];
}

function lookUp(
  done: ReadonlyMap<string, readonly KerasTensor[]>,
  ref: TensorRef,
  path: string,
): KerasTensor {
  const tensor = done.get(key(ref.layer, ref.node))?.[ref.tensor];
  if (!tensor)
    throw invalid(
      path,
      'inbound_nodes',
      `"${ref.layer}" has no output ${ref.tensor} in its call ${ref.node}.`,
    );
  return tensor;
}

function argumentOf(
  builder: GraphBuilder,
  data: ArgumentData,
  value: (ref: TensorRef) => KerasTensor,
): Argument {
  switch (data.kind) {
    case 'tensor':
      return value(data.ref);
    case 'list':
      return data.items.map(item => argumentOf(builder, item, value));
    case 'slice': {
      const [start, stop, step] = data.bounds.map(bound => argumentOf(builder, bound, value));
      return { kind: 'slice', start, stop, step };
    }
    case 'array':
      return constantTensor(builder, data.value, data.dtype);
    case 'scalar':
      return data.value;
  }
}

function constantTensor(builder: GraphBuilder, json: Json, dtype: string): KerasTensor {
  const dims: number[] = [];
  for (let level: Json | undefined = json; isList(level); level = level[0]) dims.push(level.length);
  const flat = (isList(json) ? json.flat(LIMITS.rank) : [json]).map(Number);
  const whole = /^u?int/.test(dtype);
  const tensor = whole
    ? tensorOf('int32', dims, Int32Array.from(flat))
    : tensorOf('float32', dims, Float32Array.from(flat));
  return new KerasTensor(builder.initializer('constant', tensor), dims, {
    dtype: whole ? 'int32' : 'float32',
  });
}

function key(layer: string, node: number): string {
  return `${node}#${layer}`;
}
