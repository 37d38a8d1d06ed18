/** How the grid of a block of weights is chosen and weights are rounded to it, in the order in which they are shown. */
import type { BlockFit } from './block-fit.ts';
import { halfQuadratic } from './half-quadratic.ts';
import { kQuant } from './k-quant.ts';

export const ALGORITHMS = ['rtn', 'hqq', 'k-quant', 'gptq'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The grid; round-to-nearest has its own, and GPTQ rounds to that. */
export function fitOf(algorithm: Algorithm): BlockFit | undefined {
  switch (algorithm) {
    case 'rtn':
    case 'gptq':
      return undefined;
    case 'hqq':
      return halfQuadratic;
    case 'k-quant':
      return kQuant;
  }
}
