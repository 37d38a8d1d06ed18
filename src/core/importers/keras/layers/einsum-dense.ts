/**
 * EinsumDense: a contraction of the input with a kernel, by an equation, plus a bias.
 *
 * A contraction of the input's last axes with the kernel's first ones is one MatMul between two Reshapes, which the
 * quantizers know; any other is an Einsum node. Source: keras/src/layers/core/einsum_dense.py.
 */
import { activate } from '../activations.ts';
import { isList } from '../config/json.ts';
import { attr } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { KerasTensor, product } from '../graph/keras-tensor.ts';
import { asFloat, known } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';

interface Equation {
  readonly input: string;
  readonly kernel: string;
  readonly output: string;
}

/** Letters that stand for the axes of an ellipsis. */
const SPARE = '0123456789';

const einsumDense: LayerSpec = {
  masking: 'stop',
  variables: fields => [{ id: 'kernel' }, ...(fields.has('bias_axes') ? [{ id: 'bias' }] : [])],
  emit(call) {
    const input = asFloat(call, call.input);
    const equation = parse(call, input.rank);
    const dims = lengths(call, equation, input.shape);
    const kernelDims = [...equation.kernel].map(letter => known(call, dims.get(letter), `"${letter}"`));
    const shape = [...equation.output].map(letter => dims.get(letter) ?? null);
    const value = contract(call, input, equation, kernelDims, shape);
    const biased = call.fields.has('bias_axes') ? addBias(call, value, equation, dims) : value;
    return activate(call, new KerasTensor(biased, shape));
  },
};

/** The equation with an ellipsis spelled out for the input's rank. */
function parse(call: LayerCall, rank: number): Equation {
  const text = call.fields.text('equation').replaceAll(' ', '');
  const match = /^([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)$/.exec(text);
  if (!match) throw call.fields.bad('equation', `"${text}" is not of the form "ab,bc->ac"`);
  const [, input = '', kernel = '', output = ''] = match;
  const spare = SPARE.slice(0, Math.max(0, rank - input.replace('...', '').length));
  const equation = { input: input.replace('...', spare), kernel, output: output.replace('...', spare) };
  if (equation.input.length !== rank || /\./.test(equation.input + equation.output))
    throw call.fields.bad('equation', `"${text}" does not fit an input of rank ${rank}`);
  return equation;
}

function lengths(
  call: LayerCall,
  { input, output }: Equation,
  shape: Shape,
): ReadonlyMap<string, number | null> {
  const dims = new Map<string, number | null>();
  [...input].forEach((letter, axis) => {
    dims.set(letter, shape[axis] ?? null);
  });
  const json = call.fields.json('output_shape') ?? null;
  const given = isList(json) ? json : [json];
  const letters = [...output].slice(-given.length);
  letters.forEach((letter, index) => {
    const dim = given[index];
    if (typeof dim === 'number' && !dims.has(letter)) dims.set(letter, dim);
  });
  return dims;
}

function contract(
  call: LayerCall,
  input: KerasTensor,
  { input: left, kernel, output }: Equation,
  dims: readonly number[],
  shape: Shape,
) {
  const { builder: b, layouts } = call;
  const x = layouts.plain(input);
  const summed = [...kernel].filter(letter => left.includes(letter) && !output.includes(letter)).join('');
  const kept = left.slice(0, left.length - summed.length);
  const added = kernel.slice(summed.length);
  const plain = left === kept + summed && kernel === summed + added && output === kept + added;
  if (!plain || summed === '' || added === '') {
    const letters = (text: string) => text.replace(/\d/g, digit => String.fromCharCode(0x41 + Number(digit)));
    const w = call.parameter('kernel', dims, () => call.weight('kernel', dims));
    return b.op('Einsum', [x, w], { equation: attr.text(letters(`${left},${kernel}->${output}`)) });
  }
  const rows = product(dims.slice(0, summed.length)) ?? 1;
  const columns = product(dims.slice(summed.length)) ?? 1;
  const w = call.parameter('kernel', [rows, columns], () => call.weight('kernel', dims));
  const keep = [...kept].map(() => 0);
  const merged = summed.length === 1 ? x : b.reshape(x, [...keep, rows]);
  const result = b.op('MatMul', [merged, w]);
  return added.length === 1 ? result : b.reshape(result, [...keep, ...shape.slice(kept.length).map(Number)]);
}

function addBias(
  call: LayerCall,
  value: KerasTensor['value'],
  { output }: Equation,
  dims: ReadonlyMap<string, number | null>,
) {
  const axes = call.fields.text('bias_axes');
  const first = Math.min(...[...axes].map(letter => output.indexOf(letter)));
  if (first < 0) throw call.fields.bad('bias_axes', `"${axes}" are not axes of the output`);
  const own = [...output]
    .filter(letter => axes.includes(letter))
    .map(letter => known(call, dims.get(letter), letter));
  const spread = [...output.slice(first)].map(letter =>
    axes.includes(letter) ? (dims.get(letter) as number) : 1,
  );
  return call.builder.op('Add', [value, call.parameter('bias', spread, () => call.weight('bias', own))]);
}

export const einsumDenseLayers: LayerFamily = { id: 'einsum-dense', layers: { EinsumDense: einsumDense } };
