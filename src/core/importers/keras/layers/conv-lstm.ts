/**
 * ConvLSTM1D to ConvLSTM3D, unrolled over its steps.
 *
 * z = conv(x_t, W) + conv(h, R) + b, split into i f c o; c = f c + i tanh(c'), h = o tanh(c). The convolution of the input
 * is done for all steps at once, the steps joining the batch.
 */
import type { Value } from '../../../ir/value.ts';
import { activationOf } from '../activations.ts';
import { attr } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { CHANNELS_FIRST, KerasTensor } from '../graph/keras-tensor.ts';
import { LIMITS } from '../limits.ts';
import { asFloat, known } from '../shapes.ts';
import { onnxDims, toOnnx } from './convolution.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { padAttributes, windowOutput } from './padding.ts';
import { cellVariables } from './rnn-cell.ts';
import { dataFormat } from './spatial.ts';

const GATES = 4;

const convLstm = (rank: number): LayerSpec => ({
  masking: 'stop',
  variables: fields => cellVariables(fields, 'cell'),
  emit(call) {
    const { fields } = call;
    refuseUnsupported(call);
    const input = asFloat(call, call.input);
    const [batch = null, length = null, ...rest] = input.shape;
    const steps = known(call, length, 'the step axis');
    if (steps > LIMITS.unrolledSteps)
      throw call.refuse(`it runs over ${steps} steps; the most are ${LIMITS.unrolledSteps}.`);
    const filters = fields.int('filters', { min: 1 });
    const { gates, spatial } = inputGates(call, rank, input, rest, filters, steps);
    const order = fields.bool('go_backwards', false) ? [...gates].reverse() : gates;
    const { outputs, cell } = unroll(call, rank, order, filters, spatial);
    const last = outputs.at(-1) as Value;
    const image = (value: Value) =>
      new KerasTensor(value, [batch, ...spatial, filters], { layout: CHANNELS_FIRST });
    const whole = fields.bool('return_sequences', false)
      ? new KerasTensor(stack(call, outputs), [batch, steps, ...spatial, filters], { layout: CHANNELS_FIRST })
      : image(last);
    return fields.bool('return_state', false) ? [whole, image(last), image(cell)] : [whole];
  },
});

function refuseUnsupported(call: LayerCall): void {
  const { fields, inputs, input, kwargs } = call;
  if (fields.bool('stateful', false)) throw call.refuse('it is stateful.', 'Set stateful=False.');
  if (dataFormat(call) !== 'channels_last')
    throw call.refuse('its data format is channels_first.', 'Use channels_last.');
  if (inputs.length > 1 || (kwargs.get('initial_state') ?? null) !== null)
    throw call.refuse('it is given an initial state.', 'Start from zeros.');
  if (input.mask) throw call.refuse('its steps are masked.', 'Remove the mask.');
}

/** conv(x, W) + b of every step, [batch, 4 filters, ...spatial] each. */
function inputGates(
  call: LayerCall,
  rank: number,
  input: KerasTensor,
  rest: Shape,
  filters: number,
  steps: number,
): { gates: readonly Value[]; spatial: readonly number[] } {
  const { builder: b, fields, layouts } = call;
  const image = rest.map((dim, axis) => known(call, dim, `axis ${axis + 2}`));
  const channels = image.at(-1) as number;
  const window = {
    kernel: fields.ints('kernel_size', rank, { min: 1 }),
    strides: fields.ints('strides', rank, { min: 1, fallback: 1 }),
    dilations: fields.ints('dilation_rate', rank, { min: 1, fallback: 1 }),
  };
  const padding = fields.choice('padding', ['valid', 'same'], 'valid');
  const spatial = windowOutput(image.slice(0, -1), padding, window) as readonly number[];
  const dims = [...window.kernel, channels, GATES * filters];
  const kernel = call.parameter('kernel', onnxDims(dims), () => toOnnx(call.weight('kernel', dims), dims));
  const length = [GATES * filters];
  const bias = fields.bool('use_bias', true)
    ? [call.parameter('bias', length, () => call.weight('bias', length))]
    : [];
  const joined = new KerasTensor(b.reshape(layouts.plain(input), [-1, ...image]), [null, ...image]);
  const all = b.op('Conv', [layouts.channelsFirst(joined), kernel, ...bias], {
    kernel_shape: attr.ints(window.kernel),
    strides: attr.ints(window.strides),
    dilations: attr.ints(window.dilations),
    ...padAttributes(image.slice(0, -1), padding, window),
  });
  const apart = b.reshape(all, [-1, steps, GATES * filters, ...spatial]);
  const gates = Array.from({ length: steps }, (_, step) =>
    b.op('Gather', [apart, b.intScalar(step)], { axis: attr.int(1) }),
  );
  return { gates, spatial };
}

function unroll(
  call: LayerCall,
  rank: number,
  gates: readonly Value[],
  filters: number,
  spatial: readonly number[],
): { outputs: readonly Value[]; cell: Value } {
  const { builder: b, fields, version } = call;
  const act = (field: string, value: Value) =>
    activationOf(fields, field, version)({ builder: b, value, rank: rank + 2, layout: CHANNELS_FIRST });
  const size = fields.ints('kernel_size', rank, { min: 1 });
  const dims = [...size, filters, GATES * filters];
  const kernel = call.parameter('recurrent_kernel', onnxDims(dims), () =>
    toOnnx(call.weight('recurrent_kernel', dims), dims),
  );
  const ones = size.map(() => 1);
  const pads = padAttributes(spatial, 'same', { kernel: size, strides: ones, dilations: ones });
  const outputs: Value[] = [];
  let cell: Value | undefined;
  for (const gate of gates) {
    const state = outputs.at(-1);
    const echo = state && b.op('Conv', [state, kernel], { kernel_shape: attr.ints(size), ...pads });
    const z = echo ? b.op('Add', [gate, echo]) : gate;
    const [i, f, c, o] = b.ops('Split', [z], GATES, { axis: attr.int(1), num_outputs: attr.int(GATES) }) as [
      Value,
      Value,
      Value,
      Value,
    ];
    const fresh: Value = b.op('Mul', [act('recurrent_activation', i), act('activation', c)]);
    cell = cell ? b.op('Add', [b.op('Mul', [act('recurrent_activation', f), cell]), fresh]) : fresh;
    outputs.push(b.op('Mul', [act('recurrent_activation', o), act('activation', cell)]));
  }
  return { outputs, cell: cell as Value };
}

/** [batch, filters, steps, ...spatial] */
function stack({ builder: b }: LayerCall, outputs: readonly Value[]): Value {
  return b.op(
    'Concat',
    outputs.map(value => b.op('Unsqueeze', [value, b.ints([2])])),
    { axis: attr.int(2) },
  );
}

export const convLstmLayers: LayerFamily = {
  id: 'conv-lstm',
  layers: { ConvLSTM1D: convLstm(1), ConvLSTM2D: convLstm(2), ConvLSTM3D: convLstm(3) },
};
