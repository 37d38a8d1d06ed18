/**
 * Dense: y = activation(x W + b) over the last axis.
 *
 * A matrix becomes one Gemm; a Dense on a channels-first image a Conv of kernel 1; a Dense behind a Flatten of a
 * channels-first image takes the features in that order and reorders the rows of W instead; all else MatMul and Add.
 */
import { activate } from '../activations.ts';
import { attr } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { CHANNELS_FIRST, KerasTensor } from '../graph/keras-tensor.ts';
import { toFirst } from '../graph/layout.ts';
import { permute } from '../graph/permute.ts';
import { asFloat, features } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';

const dense: LayerSpec = {
  masking: 'pass',
  variables: fields => [{ id: 'kernel' }, ...(fields.bool('use_bias', true) ? [{ id: 'bias' }] : [])],
  emit(call) {
    const units = call.fields.int('units', { min: 1 });
    const input = asFloat(call, call.input);
    const shape = [...input.shape.slice(0, -1), units];
    return activate(call, project(call, input, shape, features(call, input), units));
  },
};

function project(
  call: LayerCall,
  input: KerasTensor,
  shape: Shape,
  width: number,
  units: number,
): KerasTensor {
  const { builder: b, layouts } = call;
  const hasBias = call.fields.bool('use_bias', true);
  const bias = () => call.parameter('bias', [units], () => call.weight('bias', [units]));
  const kernel = () => call.weight('kernel', [width, units]);
  if (input.rank === 2) {
    const { layout } = input;
    const flat = layout.kind === 'flat' ? layout.of.slice(1).map(Number) : undefined;
    const w = flat
      ? call.parameter(`kernel/${flat.join('x')}`, [width, units], () => rows(kernel(), flat, units))
      : call.parameter('kernel', [width, units], kernel);
    return new KerasTensor(b.op('Gemm', [input.value, w, ...(hasBias ? [bias()] : [])]), shape);
  }
  if (input.layout.kind === 'channels-first') {
    const ones = new Array<number>(input.rank - 2).fill(1);
    const w = call.parameter('kernel/conv', [units, width, ...ones], () =>
      permute(kernel(), [width, units], [1, 0]),
    );
    const inputs = [input.value, w, ...(hasBias ? [bias()] : [])];
    const value = b.op('Conv', inputs, { kernel_shape: attr.ints(ones) });
    return new KerasTensor(value, shape, { layout: CHANNELS_FIRST });
  }
  const product = b.op('MatMul', [layouts.plain(input), call.parameter('kernel', [width, units], kernel)]);
  return new KerasTensor(hasBias ? b.op('Add', [product, bias()]) : product, shape);
}

/** Rows of W from the order of a channels-last image to that of a channels-first one. */
function rows(kernel: Float32Array, image: readonly number[], units: number): Float32Array {
  const order = toFirst(image.length + 1)
    .slice(1)
    .map(axis => axis - 1);
  return permute(kernel, [...image, units], [...order, image.length]);
}

export const denseLayers: LayerFamily = { id: 'dense', layers: { Dense: dense } };
