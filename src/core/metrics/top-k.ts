/** Share of labels that are among the k highest scores of their row; of equal scores the lower index is the higher. */
import { visitClassRows } from './class-rows.ts';
import type { Metric, Scorer } from './metric.ts';

function topK(k: number): Scorer {
  let right = 0;
  let count = 0;
  return {
    add(output, label) {
      visitClassRows(output, label, (row, truth) => {
        count++;
        if (rank(row, truth) < k) right++;
      });
    },
    value: () => right / count,
  };
}

/** How many scores stand before that of `truth`. NaN stands first, as in numpy's argmax. */
function rank(row: Float64Array, truth: number): number {
  const score = row[truth]!;
  let before = 0;
  for (let index = 0; index < row.length; index++) {
    const other = row[index]!;
    if (Number.isNaN(score)) before += Number.isNaN(other) && index < truth ? 1 : 0;
    else if (other > score || Number.isNaN(other) || (other === score && index < truth)) before++;
  }
  return before;
}

const accuracy = { higherIsBetter: true, accuracy: true, labels: 'indices', unit: '' } as const;

export const top1: Metric = { id: 'top1', title: 'Top-1 accuracy', ...accuracy, create: () => topK(1) };
export const top5: Metric = { id: 'top5', title: 'Top-5 accuracy', ...accuracy, create: () => topK(5) };
