/** Images, series and volumes: where the channels are, and the way into and out of ONNX's channels-first order. */
import type { Value } from '../../../ir/value.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { CHANNELS_FIRST, KerasTensor } from '../graph/keras-tensor.ts';
import { asFloat, settled } from '../shapes.ts';
import type { LayerCall } from './layer.ts';

export interface Image {
  /** [batch, channels, ...spatial] */
  readonly value: Value;
  readonly batch: number | null;
  readonly channels: number | null;
  readonly spatial: Shape;
  /** The result as a Keras tensor, in the layer's own data format. */
  wrap(value: Value, channels: number | null, spatial: Shape): KerasTensor;
}

export type DataFormat = 'channels_last' | 'channels_first';

export function dataFormat(call: LayerCall): DataFormat {
  return call.fields.choice('data_format', ['channels_last', 'channels_first'], 'channels_last');
}

/** The input as ONNX's convolutions take it. `rank` counts the spatial axes. */
export function imageOf(call: LayerCall, rank: number, source: KerasTensor = call.input): Image {
  const input = settled(call, asFloat(call, source));
  if (input.rank !== rank + 2)
    throw call.fields.bad('inbound_nodes', `it takes a tensor of rank ${rank + 2}, not ${input.rank}`);
  const [batch = null] = input.shape;
  if (dataFormat(call) === 'channels_first') {
    return {
      value: call.layouts.plain(input),
      batch,
      channels: input.shape[1] ?? null,
      spatial: input.shape.slice(2),
      wrap: (value, channels, spatial) => new KerasTensor(value, [batch, channels, ...spatial]),
    };
  }
  return {
    value: call.layouts.channelsFirst(input),
    batch,
    channels: input.shape.at(-1) ?? null,
    spatial: input.shape.slice(1, -1),
    wrap: (value, channels, spatial) =>
      new KerasTensor(value, [batch, ...spatial, channels], { layout: CHANNELS_FIRST }),
  };
}
