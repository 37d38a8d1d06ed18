/**
 * The guard on models whose weights are large and positive: their sums, computed as a CPU without 8-bit dot products
 * computes them (every pair saturated to 16 bits, written out anew here), collapse with 8-bit weights and hold as
 * guarded.
 */
import { describe, expect, test } from 'vitest';
import { Observers } from '../../../../src/core/calibration/observers.ts';
import type { Model } from '../../../../src/core/ir/model.ts';
import { staticInt8 } from '../../../../src/core/quantization/methods/static-int8.ts';
import type { QuantPlan } from '../../../../src/core/quantization/plan.ts';
import { encodeWeight } from '../../../../src/core/quantization/weights.ts';
import { toFloat32 } from '../../../../src/core/tensor/to-float32.ts';
import { buildModel, type ModelSpec, tensor } from '../../../support/model-builder.ts';
import { normal, uniform } from '../../../support/seeded.ts';

const K = 48;
const N = 8;
const ROWS = 40;
/** Uniform in [0.4, 1]: neighbours are large together. */
const large = [...uniform(K * N, 1)].map(u => 0.4 + 0.6 * u);
/** The same with signs in turn: the products of a pair cancel, and nothing saturates. */
const mixed = large.map((w, i) => (Math.floor(i / N) % 2 === 0 ? w : -w));

const matMul = (weights: readonly number[]): ModelSpec => ({
  opset: 17,
  inputs: { x: ['float32', ['B', K]] },
  initializers: { w: tensor('float32', [K, N], weights) },
  nodes: [{ op: 'MatMul', name: 'product', in: ['x', 'w'], out: ['y'] }],
  outputs: { y: ['float32', ['B', N]] },
});
const conv: ModelSpec = {
  opset: 17,
  inputs: { x: ['float32', ['B', K, 1, 1]] },
  initializers: {
    w: tensor(
      'float32',
      [N, K, 1, 1],
      Array.from({ length: K * N }, (_, i) => large[(i % K) * N + Math.floor(i / K)] as number),
    ),
  },
  nodes: [{ op: 'Conv', name: 'product', in: ['x', 'w'], out: ['y'] }],
  outputs: { y: ['float32', ['B', N, 1, 1]] },
};
const rows = Float32Array.from(uniform(ROWS * K, 2));

function planOf(
  spec: ModelSpec,
  options: object,
  data: Float32Array = rows,
): { readonly plan: QuantPlan; readonly model: Model } {
  const model = buildModel(spec);
  const context = { model, options, released: new Map<string, string>() };
  const observers = staticInt8.observers(context);
  for (const name of observers.names)
    observers.observe(
      name,
      data,
      spec.nodes?.[0]?.op === 'Conv' ? [data.length / K, K, 1, 1] : [data.length / K, K],
    );
  return { plan: staticInt8.plan(context, observers), model };
}

/** SQNR in dB of the sums as VPMADDUBSW and 32-bit additions give them, against float. */
function saturatedDb(
  { plan, model }: ReturnType<typeof planOf>,
  saturates = true,
  data: Float32Array = rows,
): number {
  const node = model.graph.nodes[0]!;
  const decision = plan.nodes.get('product');
  if (decision?.action !== 'quantize') throw new Error('not quantized');
  const quant = decision.weights.get(1)!;
  const weight = node.inputs[1]!.initializer!;
  const codes = new Int8Array(encodeWeight(weight, quant).bytes());
  const { scale, zeroPoint } = plan.activations.get('x')!;
  const isConv = node.opType === 'Conv';
  const at = (k: number, n: number): number => (isConv ? n * K + k : k * N + n);
  let [signal, noise] = [0, 0];
  for (let row = 0; row < data.length / K; row++)
    for (let n = 0; n < N; n++) {
      let [sum, exact] = [0, 0];
      for (let k = 0; k < K; k += 2) {
        let pair = 0;
        for (const each of [k, k + 1]) {
          const x = data[row * K + each]!;
          const code = Math.max(0, Math.min(255, Math.round(x / scale) + zeroPoint));
          pair += code * codes[at(each, n)]!;
          sum -= zeroPoint * codes[at(each, n)]!;
          exact += x * toFloat32(weight)[at(each, n)]!;
        }
        sum += saturates ? Math.max(-32768, Math.min(32767, pair)) : pair;
      }
      const y = sum * scale * quant.scales[quant.scales.length === 1 ? 0 : n]!;
      signal += exact ** 2;
      noise += (y - exact) ** 2;
    }
  return 10 * Math.log10(signal / noise);
}

describe.each([
  ['MatMul', matMul(large)],
  ['Conv', conv],
])('%s with large positive weights', (_, spec) => {
  test.each([true, false])('perChannel %s', perChannel => {
    const without = planOf(spec, { perChannel });
    const guarded = planOf(spec, { perChannel, saturationGuard: true });
    expect(saturatedDb(without, false)).toBeGreaterThan(45);
    expect(saturatedDb(without)).toBeLessThan(25);
    expect(saturatedDb(guarded)).toBeGreaterThan(40);
    // An overshoot may stay where fewer codes would cost more: never is it worse than 7 bits, where nothing saturates.
    const sevenBits = planOf(spec, { perChannel, reduceRange: true });
    expect(saturatedDb(sevenBits)).toBeCloseTo(saturatedDb(sevenBits, false), 5);
    expect(saturatedDb(guarded)).toBeGreaterThanOrEqual(saturatedDb(sevenBits));
    expect(guarded.plan.guarded).toMatchObject([{ node: 'product', channels: N, narrowed: N }]);
    expect(guarded.plan.guarded![0]!.sqnrDbSaturated).toBeLessThan(25);
    expect(guarded.plan.guarded![0]!.sqnrDb).toBeGreaterThan(40);
  });
});

test('rare rows that overflow are among those that are looked at: as close as the better of 8 and 7 bits', () => {
  // Heavy tails on both sides of zero, as behind a normalization: the sum of a row tells nothing, few rows overflow by much.
  const spec = matMul([...normal(K * N, 5)]);
  const data = normal(4096 * K, 6).map(x => x ** 3);
  const db = (options: object): number => saturatedDb(planOf(spec, options, data), true, data);
  const [full, seven] = [db({}), db({ reduceRange: true })];
  expect(db({ saturationGuard: true })).toBeGreaterThan(Math.max(full, seven));
});

test('weights whose pairs cancel keep their 8 bits', () => {
  const guarded = planOf(matMul(mixed), { saturationGuard: true });
  expect(guarded.plan.guarded).toEqual([]);
  expect(guarded.plan.nodes).toEqual(planOf(matMul(mixed), {}).plan.nodes);
});

test('only the channels that saturate are narrowed', () => {
  const half = large.map((w, i) => (i % N < 3 ? w : mixed[i]!));
  const { plan } = planOf(matMul(half), { saturationGuard: true });
  expect(plan.guarded).toMatchObject([{ narrowed: 3, channels: N }]);
});

test('without data every channel that could saturate is narrowed', () => {
  const model = buildModel(matMul(large));
  const context = { model, options: { saturationGuard: true }, released: new Map<string, string>() };
  const observers = new Observers();
  const range = { min: 0, max: 1 };
  observers.watch('x', { observe: () => {}, range: () => range, extremes: () => range } as never);
  expect(staticInt8.plan(context, observers).guarded).toEqual([
    { node: 'product', channels: N, narrowed: N },
  ]);
});

test('GPTQ stays within the codes of the channels that were narrowed', () => {
  const half = large.map((w, i) => (i % N < N / 2 ? 0.95 + w / 20 : (mixed[i] as number)));
  // Every other input is half of its neighbour: an error of half a code is one code there, beyond the largest weight.
  const data = rows.map((x, i) => (i % 2 === 0 ? x : (rows[i - 1] as number) / 2));
  const { plan } = planOf(matMul(half), { saturationGuard: true, rounding: 'gptq' }, data);
  const decision = plan.nodes.get('product');
  if (decision?.action !== 'quantize') throw new Error('not quantized');
  const rounded = plan.constants!.get('product')!.get(1)!;
  const quant = decision.weights.get(1)!;
  const largest = (values: Float32Array | readonly number[], n: number) =>
    Math.max(...[...values].filter((_, i) => i % N === n).map(Math.abs));
  const codes = toFloat32(encodeWeight(rounded, quant));
  expect(plan.guarded![0]!.narrowed).toBe(N / 2);
  for (let n = 0; n < N / 2; n++) {
    const allowed = Math.round(largest(half, n) / quant.scales[n]!);
    expect(allowed).toBeLessThan(127);
    expect(largest(codes, n)).toBeLessThanOrEqual(allowed);
  }
  expect(largest(codes, N - 1)).toBe(127);
});
