/**
 * An encoder of the shape of BERT, with random weights: 12 layers of width 768 are BERT-base and its 109.5 million
 * parameters. Written as exporters write it: MatMul and Add, GELU by Erf, the mask as an addend in front of the Softmax.
 *
 * Source: J. Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019.
 */

import { floatAttribute } from '../../src/core/ir/attribute.ts';
import type { Model } from '../../src/core/ir/model.ts';
import type { Value } from '../../src/core/ir/value.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { tensorFrom, tensorOf } from '../../src/core/tensor/tensor.ts';
import { Noise } from './noise.ts';
import { int, ints, Sketch } from './sketch.ts';

export interface TransformerShape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly tokens: number;
  readonly positions: number;
}

export const BERT_BASE: TransformerShape = {
  layers: 12,
  width: 768,
  heads: 12,
  tokens: 30522,
  positions: 512,
};

/** 745 million parameters: 2.98 GB. */
export const THREE_GIGABYTES: TransformerShape = {
  layers: 14,
  width: 2048,
  heads: 16,
  tokens: 20_000,
  positions: 512,
};

const DEVIATION = 0.02;

/** @param weights makes the payload of a large matrix: in memory, or when it is written */
export function transformer(
  shape: TransformerShape,
  weights: (dims: readonly number[], noise: Noise) => Tensor = inMemory,
): Model {
  const { layers, width, heads, tokens, positions } = shape;
  const noise = new Noise(768);
  const sketch = new Sketch('transformer');
  const vector = (name: string, count: number, of: (noise: Noise) => Float32Array): Value =>
    sketch.array(name, 'float32', [count], of(noise));
  const matrix = (name: string, rows: number, columns: number): Value =>
    sketch.constant(name, weights([rows, columns], noise));
  const scalar = (name: string, value: number): Value =>
    sketch.array(name, 'float32', [], Float32Array.of(value));
  const small = (n: Noise, count: number): Float32Array => n.normal(count, DEVIATION);

  const dense = (x: Value, name: string, from: number, to: number): Value => {
    const product = sketch.apply('MatMul', [x, matrix(`${name}.weight`, from, to)]);
    return sketch.apply('Add', [product, vector(`${name}.bias`, to, n => small(n, to))]);
  };
  const normalize = (x: Value, name: string): Value =>
    sketch.apply(
      'LayerNormalization',
      [
        x,
        vector(`${name}.gamma`, width, n => n.normal(width, DEVIATION).map(g => 1 + g)),
        vector(`${name}.beta`, width, n => small(n, width)),
      ],
      { axis: int(-1), epsilon: floatAttribute(1e-12) },
    );

  const ids = sketch.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = sketch.input('attention_mask', 'float32', ['batch', 'sequence']);
  const embedded = sketch.apply('Gather', [matrix('embeddings.tokens', tokens, width), ids]);
  const order = sketch.apply('Shape', [ids], { start: int(1), end: int(2) });
  const table = sketch.apply('Slice', [
    matrix('embeddings.positions', positions, width),
    sketch.shape([0]),
    order,
    sketch.shape([0]),
  ]);
  let x = normalize(sketch.apply('Add', [embedded, table]), 'embeddings.norm');
  const open = sketch.apply('Unsqueeze', [mask, sketch.shape([1, 2])]);
  const closed = sketch.apply('Sub', [scalar('one', 1), open]);
  const penalty = sketch.apply('Mul', [closed, scalar('mask_value', -10000)]);

  const headWidth = width / heads;
  const split = sketch.shape([0, 0, heads, headWidth]);
  const join = sketch.shape([0, 0, width]);
  const scale = scalar('scale', 1 / Math.sqrt(headWidth));
  const [half, one, root] = [scalar('half', 0.5), scalar('gelu_one', 1), scalar('root', Math.SQRT1_2)];
  for (let layer = 0; layer < layers; layer++) {
    const at = `layer${layer}`;
    const head = (name: string, perm: readonly number[]): Value =>
      sketch.apply('Transpose', [sketch.apply('Reshape', [dense(x, `${at}.${name}`, width, width), split])], {
        perm: ints(perm),
      });
    const [query, key, value] = [
      head('query', [0, 2, 1, 3]),
      head('key', [0, 2, 3, 1]),
      head('value', [0, 2, 1, 3]),
    ];
    const scores = sketch.apply('Mul', [sketch.apply('MatMul', [query, key]), scale]);
    const attention = sketch.apply('Softmax', [sketch.apply('Add', [scores, penalty])], { axis: int(-1) });
    const context = sketch.apply('Transpose', [sketch.apply('MatMul', [attention, value])], {
      perm: ints([0, 2, 1, 3]),
    });
    const attended = dense(sketch.apply('Reshape', [context, join]), `${at}.output`, width, width);
    x = normalize(sketch.apply('Add', [x, attended]), `${at}.norm1`);
    const inner = dense(x, `${at}.up`, width, 4 * width);
    const erf = sketch.apply('Erf', [sketch.apply('Mul', [inner, root])]);
    const gelu = sketch.apply('Mul', [sketch.apply('Mul', [inner, half]), sketch.apply('Add', [erf, one])]);
    x = normalize(sketch.apply('Add', [x, dense(gelu, `${at}.down`, 4 * width, width)]), `${at}.norm2`);
  }
  return sketch.finish('hidden', x, ['batch', 'sequence', width]);
}

/** The same numbers at each asking, from a seed of its own. */
export function whenWritten(dims: readonly number[], noise: Noise): Tensor {
  const seed = noise.next();
  return tensorFrom('float32', dims, () => inMemory(dims, new Noise(seed)).bytes());
}

function inMemory(dims: readonly number[], noise: Noise): Tensor {
  const [rows = 0, columns = 0] = dims;
  return tensorOf('float32', dims, noise.normal(rows * columns, DEVIATION));
}
