/** The rule that a method which needs calibration data gets some: the same where a job is submitted and where it runs. */
import { dataNeed } from '../core/quantization/method.ts';
import { METHODS } from '../core/quantization/methods/index.ts';
import { BitpressError } from '../errors.ts';
import type { JobSpec } from './parse-spec.ts';

export type GivenData = 'none' | 'synthetic' | 'real';

/** @throws BitpressError calibration_required */
export function refuseMissingData({ type, ...options }: JobSpec['method'], given: GivenData): void {
  const method = METHODS.get(type);
  if (!method) return;
  const need = dataNeed(method, options);
  if (need === 'required' && given === 'none')
    throw new BitpressError(
      'calibration_required',
      `the method "${type}" takes the ranges of activations from calibration data`,
      { field: 'calibration' },
    );
  if (need === 'real' && given !== 'real')
    throw new BitpressError(
      'calibration_required',
      `"${type}" with these options fits weights to calibration data` +
        (given === 'none' ? '' : ', for which random samples will not do'),
      {
        field: 'calibration',
        hint: 'Send calibration data, or choose an "algorithm" that needs none: rtn, hqq or k-quant.',
      },
    );
}
