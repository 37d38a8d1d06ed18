/**
 * Bidirectional: a recurrent layer run forwards and its twin run backwards over the same steps.
 *
 * ONNX gives the outputs of a reversed cell in the order of time, which is what Keras restores by flipping: no flip is
 * written.
 */
import type { Value } from '../../../ir/value.ts';
import type { JsonObject } from '../config/json.ts';
import { isObject, own } from '../config/json.ts';
import { attr } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import type { ChildConfig, LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { initialStates, runRecurrent } from './recurrent.ts';

const bidirectional: LayerSpec = {
  masking: 'own',
  children(fields): readonly ChildConfig[] {
    const forward = fields.object('layer');
    const backward = fields.json('backward_layer');
    return [
      { at: ['forward_layer'], config: forward },
      { at: ['backward_layer'], config: isObject(backward) ? backward : reversed(forward) },
    ];
  },
  emit(call) {
    const { fields, input, layer, builder: b } = call;
    const [forwardDef, backwardDef] = layer.children.map(child => child.layer);
    if (!forwardDef || !backwardDef) throw fields.bad('layer', 'it is missing');
    const states = initialStates(call);
    const half = states.length / 2;
    const run = (def: typeof forwardDef, given: readonly KerasTensor[]) => {
      if (!/^(LSTM|GRU|SimpleRNN|RNN)(V[12])?$/.test(def.className))
        throw call.refuse(
          `it wraps a ${def.className}, which is not supported.`,
          'Wrap an LSTM, GRU or SimpleRNN.',
        );
      const inner = call.inside(def);
      return b.within(def.path, () => runRecurrent(inner, input, given));
    };
    const forward = run(forwardDef, states.slice(0, half));
    const backward = run(backwardDef, states.slice(half));
    const whole = forwardDef.fields.bool('return_sequences', false);
    const [batch = null, steps = null] = input.shape;
    const lead = whole ? [batch, steps] : [batch];
    const mask = whole ? input.mask : undefined;
    const pair = [forward, backward].map(side => (whole ? side.outputs : side.last)) as [Value, Value];
    const merged = merge(call, pair).map(
      (value, _, all) =>
        new KerasTensor(
          value,
          [...lead, all.length === 1 && concatenates(call) ? forward.units + backward.units : forward.units],
          { mask },
        ),
    );
    if (!forwardDef.fields.bool('return_state', false)) return merged;
    const finals = [...forward.states, ...backward.states];
    return [...merged, ...finals.map(state => new KerasTensor(state, [batch, forward.units]))];
  },
};

function concatenates({ fields }: LayerCall): boolean {
  return fields.json('merge_mode') === undefined || fields.json('merge_mode') === 'concat';
}

function merge(call: LayerCall, [forward, backward]: readonly [Value, Value]): readonly Value[] {
  const { builder: b, fields } = call;
  if (fields.json('merge_mode') === null) return [forward, backward];
  switch (fields.choice('merge_mode', ['concat', 'sum', 'ave', 'mul'], 'concat')) {
    case 'concat':
      return [b.op('Concat', [forward, backward], { axis: attr.int(-1) })];
    case 'sum':
      return [b.op('Add', [forward, backward])];
    case 'ave':
      return [b.op('Mul', [b.op('Add', [forward, backward]), b.scalar(0.5)])];
    case 'mul':
      return [b.op('Mul', [forward, backward])];
  }
}

/** The twin that Keras makes where none is given. */
function reversed(layer: JsonObject): JsonObject {
  const config = own(layer, 'config');
  if (!isObject(config)) return layer;
  return { ...layer, config: { ...config, go_backwards: own(config, 'go_backwards') !== true } };
}

export const bidirectionalLayers: LayerFamily = {
  id: 'bidirectional',
  layers: { Bidirectional: bidirectional },
};
