/** TimeDistributed and SpectralNormalization: layers that call another layer. */

import type { Shape } from '../graph/keras-tensor.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { plainTensor } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';

const wrapped: LayerSpec['children'] = fields => [{ at: ['layer'], config: fields.object('layer') }];

/** Every step is a sample of its own: the steps join the batch, and leave it again behind the layer. */
const timeDistributed: LayerSpec = {
  masking: 'pass',
  children: wrapped,
  emit(call) {
    const { builder: b } = call;
    const input = plainTensor(call, call.input);
    const [batch = null, steps = null, ...rest] = input.shape;
    if (rest.some(dim => dim === null))
      throw call.refuse('a length behind its steps is unknown.', 'Give keras.Input the whole shape.');
    if (steps === null && batch === null && rest.length === 0) throw call.refuse('it needs a step axis.');
    const joined = batch === null || steps === null ? null : batch * steps;
    const flat = new KerasTensor(b.reshape(input.value, [-1, ...(rest as number[])]), [joined, ...rest], {
      dtype: input.dtype,
    });
    const child = call.layer.children[0]?.layer;
    if (!child) throw call.fields.bad('layer', 'it is missing');
    return call
      .apply(child, [flat])
      .map(output => part(call, plainTensor(call, output), batch, steps, input));
  },
};

function part(
  call: LayerCall,
  output: KerasTensor,
  batch: number | null,
  steps: number | null,
  source: KerasTensor,
): KerasTensor {
  const { builder: b } = call;
  const rest = output.shape.slice(1);
  if (rest.some(dim => dim === null)) throw call.refuse('a length of its output is unknown.');
  const shape: Shape = [batch, steps, ...rest];
  const fixed = rest as readonly number[];
  if (steps !== null)
    return new KerasTensor(b.reshape(output.value, [-1, steps, ...fixed]), shape, { dtype: output.dtype });
  const lead = b.slice(b.op('Shape', [source.value]), 0, 0, 2);
  const dims = b.op('Concat', [lead, b.ints(fixed)], { axis: { kind: 'int', value: 0n } });
  return new KerasTensor(b.op('Reshape', [output.value, dims]), shape, { dtype: output.dtype });
}

/** At inference the wrapped layer with the kernel as it was stored. */
const spectralNormalization: LayerSpec = {
  masking: 'stop',
  variables: () => [{ id: 'vector_u', frozen: true }],
  children: wrapped,
  emit(call) {
    const child = call.layer.children[0]?.layer;
    if (!child) throw call.fields.bad('layer', 'it is missing');
    return call.apply(child, call.inputs);
  },
};

export const wrapperLayers: LayerFamily = {
  id: 'wrappers',
  layers: { TimeDistributed: timeDistributed, SpectralNormalization: spectralNormalization },
};
