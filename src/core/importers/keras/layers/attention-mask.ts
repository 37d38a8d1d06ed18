/**
 * Which positions attention may look at, and the softmax under such a mask.
 *
 * Keras joins the masks of query [B, T, 1], value and key [B, 1, S], the causal and the sliding window with AND. A row
 * without any position: Keras 3 fills it evenly, or with zeros where it goes through its Softmax layer (dropout, scores
 * returned); Keras 2 adds -1e9 to what is masked.
 */
import type { Value } from '../../../ir/value.ts';
import { attr } from '../graph/builder.ts';
import type { KerasTensor } from '../graph/keras-tensor.ts';
import type { LayerCall } from './layer.ts';

const LARGE_NEGATIVE = -1e9;

export interface MaskParts {
  /** bool [batch, T] */
  readonly query?: Value | undefined;
  /** bool [batch, S] */
  readonly value?: Value | undefined;
  readonly key?: Value | undefined;
  /** Any numeric type, [batch, T, S] or with a head axis. */
  readonly given?: KerasTensor | undefined;
  readonly causal: boolean;
  readonly window: number | undefined;
}

/** bool, broadcastable against [batch, T, S]; undefined where everything may be looked at. */
export function attentionMask(
  call: LayerCall,
  parts: MaskParts,
  query: Value,
  value: Value,
): Value | undefined {
  const { builder: b } = call;
  const masks: Value[] = [];
  if (parts.query) masks.push(b.op('Unsqueeze', [parts.query, b.ints([2])]));
  for (const side of [parts.value, parts.key]) if (side) masks.push(b.op('Unsqueeze', [side, b.ints([1])]));
  if (parts.causal || parts.window !== undefined) masks.push(...bandMasks(call, parts, query, value));
  if (parts.given) {
    const plain = call.layouts.plain(parts.given);
    masks.push(parts.given.dtype === 'bool' ? plain : b.cast(plain, 'bool'));
  }
  return masks.reduce<Value | undefined>((all, mask) => (all ? b.op('And', [all, mask]) : mask), undefined);
}

function bandMasks(
  call: LayerCall,
  { causal, window }: MaskParts,
  query: Value,
  value: Value,
): readonly Value[] {
  const { builder: b } = call;
  const count = (tensor: Value) => {
    const length = b.op('Squeeze', [b.op('Shape', [tensor], { start: attr.int(1), end: attr.int(2) })]);
    return b.op('Range', [b.intScalar(0), length, b.intScalar(1)]);
  };
  const ahead = b.op('Sub', [b.op('Unsqueeze', [count(query), b.ints([1])]), count(value)]);
  const masks = causal ? [b.op('GreaterOrEqual', [ahead, b.intScalar(0)])] : [];
  if (window !== undefined) masks.push(b.op('Less', [b.op('Abs', [ahead]), b.intScalar(window)]));
  return masks;
}

/** Softmax over the last axis of [batch, heads, T, S]. */
export function maskedWeights(
  call: LayerCall,
  scores: Value,
  mask: Value | undefined,
  zeroed: boolean,
): Value {
  const { builder: b, version } = call;
  const softmax = (value: Value) => b.op('Softmax', [value], { axis: attr.int(-1) });
  if (!mask) return softmax(scores);
  if (version.major < 3) {
    const hidden = b.op('Mul', [b.cast(b.op('Not', [mask]), 'float32'), b.scalar(LARGE_NEGATIVE)]);
    return softmax(b.op('Add', [scores, hidden]));
  }
  const weights = softmax(b.op('Where', [mask, scores, b.scalar(LARGE_NEGATIVE)]));
  return zeroed ? b.op('Where', [mask, weights, b.scalar(0)]) : weights;
}
