/** The observers, in the order in which they are shown. */
import { type Registry, registry } from '../../registry.ts';
import { entropy } from './entropy.ts';
import { minMax } from './min-max.ts';
import { movingAverage } from './moving-average.ts';
import { mse } from './mse.ts';
import type { Calibrator } from './observer.ts';
import { percentile } from './percentile.ts';

export const CALIBRATORS: Registry<Calibrator> = registry<Calibrator>('calibrators', [
  minMax,
  movingAverage,
  percentile,
  entropy,
  mse,
]);

/** The observer of a spec that names none. */
export const DEFAULT_CALIBRATOR = mse.id;
