/** Attention (Luong) and AdditiveAttention (Bahdanau): [query, value] or [query, value, key]. */
import type { Value } from '../../../ir/value.ts';
import { attr } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { asFloat, features } from '../shapes.ts';
import { attentionMask } from './attention-mask.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { flag } from './multi-head-attention.ts';

/** What Keras takes off the score of a masked position. */
const MASKED = 1e9;

type Scores = (call: LayerCall, query: Value, key: Value, width: number) => Value;

const attention = (additive: boolean, scores: Scores): LayerSpec => ({
  masking: 'own',
  variables: fields => [
    ...(fields.bool('use_scale', additive) ? [{ id: 'scale' }] : []),
    ...(!additive && fields.text('score_mode', 'dot') === 'concat' ? [{ id: 'concat_score_weight' }] : []),
  ],
  emit(call) {
    const { builder: b, layouts, kwargs, fields } = call;
    const [query, value, key = value] = call.inputs.map(input => asFloat(call, input));
    if (!query || !value || !key)
      throw fields.bad('inbound_nodes', 'it takes a query, a value and maybe a key');
    const [q, v, k] = [query, value, key].map(input => layouts.plain(input)) as [Value, Value, Value];
    const causal = flag(kwargs.get('use_causal_mask')) || (fields.has('causal') && fields.bool('causal'));
    const mask = attentionMask(call, { value: value.mask, causal, window: undefined }, q, v);
    const raw = scores(call, q, k, features(call, query));
    const masked = mask ? b.op('Where', [mask, raw, b.op('Sub', [raw, b.scalar(MASKED)])]) : raw;
    const weights = b.op('Softmax', [masked], { axis: attr.int(-1) });
    const mixed = b.op('MatMul', [weights, v]);
    const kept = query.mask
      ? b.op('Where', [b.op('Unsqueeze', [query.mask, b.ints([2])]), mixed, b.scalar(0)])
      : mixed;
    const lead = query.shape.slice(0, -1);
    const result = new KerasTensor(kept, [...lead, value.shape.at(-1) ?? null], { mask: query.mask });
    if (!flag(kwargs.get('return_attention_scores'))) return result;
    return [result, new KerasTensor(weights, [...lead, key.shape.at(-2) ?? null])];
  },
});

/** scale * q k^T, or weight * sum tanh(scale * (q + k)). */
const luong: Scores = (call, query, key) => {
  const { builder: b, fields } = call;
  const number = (id: string) => call.parameter(id, [], () => call.weight(id, []));
  const scaled = (value: Value) =>
    fields.bool('use_scale', false) ? b.op('Mul', [value, number('scale')]) : value;
  if (fields.choice('score_mode', ['dot', 'concat'], 'dot') === 'dot')
    return scaled(b.op('MatMul', [query, b.transpose(key, [0, 2, 1])]));
  const sum = b.op('ReduceSum', [b.op('Tanh', [scaled(pairs(call, query, key))]), b.ints([-1])], {
    keepdims: attr.int(0),
  });
  return b.op('Mul', [sum, number('concat_score_weight')]);
};

/** sum scale * tanh(q + k) */
const bahdanau: Scores = (call, query, key, width) => {
  const { builder: b, fields } = call;
  const gates = b.op('Tanh', [pairs(call, query, key)]);
  const weighed = fields.bool('use_scale', true)
    ? b.op('Mul', [gates, call.parameter('scale', [width], () => call.weight('scale', [width]))])
    : gates;
  return b.op('ReduceSum', [weighed, b.ints([-1])], { keepdims: attr.int(0) });
};

/** q + k for every pair: [batch, T, S, features] */
function pairs({ builder: b }: LayerCall, query: Value, key: Value): Value {
  return b.op('Add', [b.op('Unsqueeze', [query, b.ints([2])]), b.op('Unsqueeze', [key, b.ints([1])])]);
}

export const attentionLayers: LayerFamily = {
  id: 'attention',
  layers: { Attention: attention(false, luong), AdditiveAttention: attention(true, bahdanau) },
};
