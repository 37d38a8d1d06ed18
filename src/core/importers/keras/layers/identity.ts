/** Layers that do nothing at inference: regularization, noise, random augmentation. */
import type { LayerFamily, LayerSpec } from './layer.ts';

const identity: LayerSpec = { masking: 'pass', emit: call => call.input };

/** Augmentation is no longer random but absent when the model predicts; none of these has a mask. */
const augmentation: LayerSpec = { masking: 'stop', emit: call => call.input };

const all = (names: readonly string[], spec: LayerSpec) =>
  Object.fromEntries(names.map(name => [name, spec]));

export const identityLayers: LayerFamily = {
  id: 'identity',
  layers: {
    ...all(
      [
        'Dropout',
        'SpatialDropout1D',
        'SpatialDropout2D',
        'SpatialDropout3D',
        'GaussianDropout',
        'GaussianNoise',
        'AlphaDropout',
        'ActivityRegularization',
        'Identity',
        'StochasticDepth',
      ],
      identity,
    ),
    ...all(
      [
        'RandomFlip',
        'RandomRotation',
        'RandomZoom',
        'RandomTranslation',
        'RandomContrast',
        'RandomBrightness',
        'RandomShear',
        'RandomHue',
        'RandomSaturation',
        'RandomSharpness',
        'RandomColorJitter',
        'RandomColorDegeneration',
        'RandomGrayscale',
        'RandomPosterization',
        'RandomPerspective',
        'RandomErasing',
        'RandomGaussianBlur',
        'RandomInvert',
        'RandomHeight',
        'RandomWidth',
      ],
      augmentation,
    ),
  },
};
