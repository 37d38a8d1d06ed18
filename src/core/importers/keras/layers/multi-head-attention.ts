/**
 * MultiHeadAttention and GroupedQueryAttention.
 *
 * softmax(Q K^T / sqrt(key_dim)) V per head, with projections to and from the heads. Each projection [in, heads, dim] is
 * one MatMul with the heads side by side. Grouped: each key and value head serves several query heads in a row.
 */
import type { Value } from '../../../ir/value.ts';
import type { Fields } from '../config/fields.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { asFloat, features } from '../shapes.ts';
import { tensorsIn } from '../topology/layer-call.ts';
import { attentionMask, maskedWeights } from './attention-mask.ts';
import type { Argument, LayerCall, LayerFamily, LayerSpec, Variable } from './layer.ts';

interface Heads {
  readonly query: number;
  /** Key and value heads. */
  readonly shared: number;
  readonly keyDim: number;
  readonly valueDim: number;
}

const multiHead: LayerSpec = {
  masking: 'own',
  variables,
  emit(call) {
    const { fields } = call;
    const count = fields.int('num_heads', { min: 1 });
    const keyDim = fields.int('key_dim', { min: 1 });
    const valueDim = fields.has('value_dim') ? fields.int('value_dim', { min: 1 }) : keyDim;
    const outputs = attend(call, { query: count, shared: count, keyDim, valueDim });
    // Since 3.7 Keras deletes the masks of the tensors themselves, so that no later layer sees them.
    const { major, minor } = call.version;
    if (major > 3 || (major === 3 && minor >= 7))
      call.takeMasks([...call.args, ...call.kwargs.values()].flatMap(tensorsIn));
    return outputs;
  },
};

const grouped: LayerSpec = {
  masking: 'own',
  variables,
  emit(call) {
    const { fields } = call;
    const dim = fields.int('head_dim', { min: 1 });
    const query = fields.int('num_query_heads', { min: 1 });
    const shared = fields.int('num_key_value_heads', { min: 1 });
    if (query % shared !== 0) throw fields.bad('num_key_value_heads', `${shared} does not divide ${query}`);
    return attend(call, { query, shared, keyDim: dim, valueDim: dim });
  },
};

/** In the order in which Keras builds the projections. */
function variables(fields: Fields): readonly Variable[] {
  const parts = [
    'query',
    'key',
    ...(fields.bool('use_gate', false) ? ['gate'] : []),
    'value',
    'attention_output',
  ];
  return parts.flatMap(part => {
    const group = part === 'attention_output' ? 'output_dense' : `${part}_dense`;
    const ids = fields.bool('use_bias', true) ? ['kernel', 'bias'] : ['kernel'];
    return ids.map(id => ({ id: `${part}/${id}`, at: [group, `_${group}`] }));
  });
}

function attend(call: LayerCall, heads: Heads): readonly KerasTensor[] {
  const { builder: b, fields, layouts, kwargs } = call;
  const query = asFloat(call, call.input);
  const value = asFloat(call, tensor(call, call.args[1] ?? kwargs.get('value'), 'value'));
  const keyGiven = optional(call.args[2] ?? kwargs.get('key'));
  const key = keyGiven ? asFloat(call, keyGiven) : value;
  if (
    query.rank !== 3 ||
    value.rank !== 3 ||
    (fields.has('attention_axes') && String(fields.intList('attention_axes')) !== '1')
  )
    throw call.refuse(
      'it attends over other axes than 1 of a tensor of rank 3.',
      'Use tensors of [batch, steps, features].',
    );
  const scores = flag(kwargs.get('return_attention_scores') ?? call.args[7]);
  const mask = attentionMask(
    call,
    {
      query: maskOf(call, kwargs.get('query_mask')) ?? query.mask,
      value: maskOf(call, kwargs.get('value_mask')) ?? value.mask,
      key: maskOf(call, kwargs.get('key_mask')) ?? keyGiven?.mask,
      given: optional(kwargs.get('attention_mask') ?? call.args[6]),
      causal: flag(kwargs.get('use_causal_mask')),
      window: fields.has('sliding_window') ? fields.int('sliding_window', { min: 1 }) : undefined,
    },
    layouts.plain(query),
    layouts.plain(value),
  );
  const q = intoHeads(b, project(call, 'query', query, heads.query, heads.keyDim), heads.query, heads.keyDim);
  const k = intoHeads(b, project(call, 'key', key, heads.shared, heads.keyDim), heads.shared, heads.keyDim);
  const v = intoHeads(
    b,
    project(call, 'value', value, heads.shared, heads.valueDim),
    heads.shared,
    heads.valueDim,
  );
  const scaled = b.op('Mul', [q, b.scalar(1 / Math.sqrt(heads.keyDim))]);
  const products = b.op('MatMul', [scaled, b.transpose(repeat(b, k, heads, heads.keyDim), [0, 1, 3, 2])]);
  const spread = mask && withHeadAxis(b, mask, optional(kwargs.get('attention_mask'))?.rank);
  const zeroed = scores || fields.number('dropout', 0) > 0;
  const weights = maskedWeights(call, products, spread, zeroed);
  const mixed = b.op('MatMul', [weights, repeat(b, v, heads, heads.valueDim)]);
  const joined = b.reshape(b.transpose(mixed, [0, 2, 1, 3]), [0, 0, heads.query * heads.valueDim]);
  const width = outputWidth(call, features(call, query));
  const opened = gate(call, query, joined, heads);
  const output = linear(call, 'attention_output', opened, [heads.query, heads.valueDim, width], [width]);
  const [batch = null, steps = null] = query.shape;
  const result = new KerasTensor(output, [batch, steps, width], { mask: query.mask });
  return scores
    ? [result, new KerasTensor(weights, [batch, heads.query, steps, value.shape[1] ?? null])]
    : [result];
}

function outputWidth(call: LayerCall, width: number): number {
  if (!call.fields.has('output_shape')) return width;
  const given = call.fields.intList('output_shape');
  if (given.length === 1) return given[0] as number;
  throw call.refuse('its output_shape has more than one axis.', 'Use one output axis and a Reshape layer.');
}

/** [batch, steps, heads * dim] */
function project(call: LayerCall, part: string, input: KerasTensor, heads: number, dim: number): Value {
  const width = features(call, input);
  return linear(call, part, call.layouts.plain(input), [width, heads, dim], [heads, dim]);
}

/** x W + b with the axes of the kernel beyond the first, or before the last, joined. */
function linear(
  call: LayerCall,
  part: string,
  x: Value,
  kernel: readonly number[],
  bias: readonly number[],
): Value {
  const { builder: b } = call;
  const columns = bias.reduce((a, dim) => a * dim, 1);
  const rows = kernel.reduce((a, dim) => a * dim, 1) / columns;
  const w = call.parameter(`${part}/kernel`, [rows, columns], () => call.weight(`${part}/kernel`, kernel));
  const product = b.op('MatMul', [x, w]);
  if (!call.fields.bool('use_bias', true)) return product;
  return b.op('Add', [
    product,
    call.parameter(`${part}/bias`, [columns], () => call.weight(`${part}/bias`, bias)),
  ]);
}

function gate(call: LayerCall, query: KerasTensor, joined: Value, { query: count, valueDim }: Heads): Value {
  if (!call.fields.bool('use_gate', false)) return joined;
  const opening = call.builder.op('Sigmoid', [project(call, 'gate', query, count, valueDim)]);
  return call.builder.op('Mul', [joined, opening]);
}

/** [batch, heads, steps, dim] */
function intoHeads(b: GraphBuilder, value: Value, heads: number, dim: number): Value {
  return b.transpose(b.reshape(value, [0, 0, heads, dim]), [0, 2, 1, 3]);
}

/** Each of the shared heads several times in a row. */
function repeat(b: GraphBuilder, value: Value, { query, shared }: Heads, dim: number): Value {
  if (query === shared) return value;
  const copies = b.op('Tile', [
    b.op('Unsqueeze', [value, b.ints([2])]),
    b.ints([1, 1, query / shared, 1, 1]),
  ]);
  return b.reshape(copies, [0, query, -1, dim]);
}

/** A mask of [.., T, S] over all heads; one of rank 4 has its own. */
function withHeadAxis(b: GraphBuilder, mask: Value, rank: number | undefined): Value {
  return rank === 4 ? mask : b.op('Unsqueeze', [mask, b.ints([-3])]);
}

function maskOf(call: LayerCall, argument: Argument): Value | undefined {
  const given = optional(argument);
  return (
    given &&
    (given.dtype === 'bool'
      ? call.layouts.plain(given)
      : call.builder.cast(call.layouts.plain(given), 'bool'))
  );
}

export function flag(argument: Argument): boolean {
  return argument === true;
}

export function optional(argument: Argument): KerasTensor | undefined {
  return argument instanceof KerasTensor ? argument : undefined;
}

function tensor(call: LayerCall, argument: Argument, name: string): KerasTensor {
  if (argument instanceof KerasTensor) return argument;
  throw call.fields.bad('inbound_nodes', `it is called without ${name}`);
}

export const multiHeadAttentionLayers: LayerFamily = {
  id: 'multi-head-attention',
  layers: { MultiHeadAttention: multiHead, GroupedQueryAttention: grouped, GroupQueryAttention: grouped },
};
