/**
 * A network of the shape of ResNet-50 v1.5: 53 convolutions and a classifier, 25.5 million parameters, normalization
 * already folded into the convolutions as exporters leave it. Weights are random, scaled so that activations keep their size.
 *
 * Source: K. He et al., "Deep Residual Learning for Image Recognition", 2016, table 1.
 */
import type { Model } from '../../src/core/ir/model.ts';
import type { Value } from '../../src/core/ir/value.ts';
import { Noise } from './noise.ts';
import { int, ints, Sketch } from './sketch.ts';

const STAGES = [
  { blocks: 3, width: 64, stride: 1 },
  { blocks: 4, width: 128, stride: 2 },
  { blocks: 6, width: 256, stride: 2 },
  { blocks: 3, width: 512, stride: 2 },
] as const;
const EXPANSION = 4;
const CLASSES = 1000;

export const RESNET50_INPUT = { name: 'image', dims: [3, 224, 224] } as const;

export function resnet50(): Model {
  const noise = new Noise(50);
  const sketch = new Sketch('resnet50');
  let count = 0;
  const conv = (x: Value, from: number, to: number, size: number, stride: number, gain: number): Value => {
    const name = `conv${count++}`;
    const fanIn = from * size * size;
    const weight = noise.normal(to * fanIn, gain / Math.sqrt(fanIn));
    const pad = (size - 1) >> 1;
    return sketch.apply(
      'Conv',
      [
        x,
        sketch.array(`${name}.weight`, 'float32', [to, from, size, size], weight),
        sketch.array(`${name}.bias`, 'float32', [to], noise.normal(to, 0.1)),
      ],
      {
        kernel_shape: ints([size, size]),
        strides: ints([stride, stride]),
        pads: ints([pad, pad, pad, pad]),
        dilations: ints([1, 1]),
        group: int(1),
      },
    );
  };
  const relu = (x: Value): Value => sketch.apply('Relu', [x]);
  // A Relu halves the power of what it sees, which a gain of sqrt(2) makes good; a branch that is added stays small.
  const RELU_GAIN = Math.SQRT2;
  const BRANCH_GAIN = 0.5;

  let x = sketch.input(RESNET50_INPUT.name, 'float32', ['batch', ...RESNET50_INPUT.dims]);
  x = relu(conv(x, 3, 64, 7, 2, RELU_GAIN));
  x = sketch.apply('MaxPool', [x], {
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  });
  let channels: number = 64;
  for (const { blocks, width, stride: first } of STAGES)
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? first : 1;
      const out = width * EXPANSION;
      const shortcut = block === 0 ? conv(x, channels, out, 1, stride, 1) : x;
      let y = relu(conv(x, channels, width, 1, 1, RELU_GAIN));
      y = relu(conv(y, width, width, 3, stride, RELU_GAIN));
      y = conv(y, width, out, 1, 1, BRANCH_GAIN);
      x = relu(sketch.apply('Add', [y, shortcut]));
      channels = out;
    }
  x = sketch.apply('Flatten', [sketch.apply('GlobalAveragePool', [x])], { axis: int(1) });
  const weight = noise.normal(CLASSES * channels, 1 / Math.sqrt(channels));
  const logits = sketch.apply(
    'Gemm',
    [
      x,
      sketch.array('fc.weight', 'float32', [CLASSES, channels], weight),
      sketch.array('fc.bias', 'float32', [CLASSES], noise.normal(CLASSES, 0.1)),
    ],
    { transB: int(1) },
  );
  return sketch.finish('logits', logits, ['batch', CLASSES]);
}
