/** Mean over the samples of the cosine between output and target; 0 where one of them is all zero. */
import { numbers } from '../data/floats.ts';
import type { Metric } from './metric.ts';
import { requireSameCount } from './targets.ts';

export const cosine: Metric = {
  id: 'cosine',
  title: 'Cosine similarity',
  higherIsBetter: true,
  accuracy: false,
  labels: 'targets',
  unit: '',
  create() {
    let sum = 0;
    let count = 0;
    return {
      add(output, label) {
        requireSameCount(output, label);
        sum += cosineOf(numbers(output), numbers(label));
        count++;
      },
      value: () => sum / count,
    };
  },
};

function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let index = 0; index < a.length; index++) {
    dot += a[index]! * b[index]!;
    aa += a[index]! ** 2;
    bb += b[index]! ** 2;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}
