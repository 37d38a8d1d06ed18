/**
 * Mean squared error over all elements, and the peak signal-to-noise ratio that follows from it:
 *
 *   PSNR = 10 log10(peak² / MSE), with peak 1 where no target exceeds 1, else 255, else the largest target.
 */
import { numbers } from '../data/floats.ts';
import type { RuntimeTensor } from '../data/samples.ts';
import { MAX_DB } from './decibel.ts';
import type { Metric } from './metric.ts';
import { requireSameCount } from './targets.ts';

const BYTE_PEAK = 255;

class SquaredError {
  #sum = 0;
  #count = 0;
  #largest = Number.NEGATIVE_INFINITY;

  add(output: RuntimeTensor, label: RuntimeTensor): void {
    const got = numbers(output);
    const wanted = numbers(label);
    requireSameCount(output, label);
    for (let index = 0; index < got.length; index++) {
      this.#sum += (got[index]! - wanted[index]!) ** 2;
      this.#largest = Math.max(this.#largest, wanted[index]!);
    }
    this.#count += got.length;
  }

  mse(): number {
    return this.#sum / this.#count;
  }

  psnr(): number {
    const peak = this.#largest <= 1 ? 1 : Math.max(BYTE_PEAK, this.#largest);
    const mse = this.mse();
    return mse === 0 ? MAX_DB : 10 * Math.log10(peak ** 2 / mse);
  }
}

const value = { accuracy: false, labels: 'targets' } as const;

export const mse: Metric = {
  ...value,
  id: 'mse',
  title: 'Mean squared error',
  higherIsBetter: false,
  unit: '',
  create() {
    const error = new SquaredError();
    return { add: (output, label) => error.add(output, label), value: () => error.mse() };
  },
};

export const psnr: Metric = {
  ...value,
  id: 'psnr',
  title: 'Peak signal-to-noise ratio',
  higherIsBetter: true,
  unit: 'dB',
  create() {
    const error = new SquaredError();
    return { add: (output, label) => error.add(output, label), value: () => error.psnr() };
  },
};
