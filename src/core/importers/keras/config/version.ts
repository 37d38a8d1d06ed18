/** The Keras that wrote a file: some layers mean something else in Keras 2. */
export interface KerasVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** Activations that Keras 2 does not have: a config that names one was made by Keras 3, whatever its label says. */
const ONLY_IN_3 = [
  'hard_silu',
  'hard_swish',
  'hard_shrink',
  'soft_shrink',
  'tanh_shrink',
  'sparse_plus',
  'squareplus',
];

/**
 * "2.2.4-tf", "3.15.1"; a file that says nothing is taken for Keras 2, the last generation that wrote such files.
 *
 * @param config the model's config as text
 */
export function kerasVersion(text: string | undefined, config: string): KerasVersion {
  const [, major = '2', minor = '0'] = /^(\d+)\.(\d+)/.exec(text ?? '') ?? [];
  const modern = ONLY_IN_3.some(name => config.includes(`"activation": "${name}"`));
  return {
    text: text ?? 'unknown',
    major: modern ? Math.max(3, Number(major)) : Number(major),
    minor: Number(minor),
  };
}
