/** The metrics for labelled samples, in the order in which they are shown. */
import { type Registry, registry } from '../../registry.ts';
import { cosine } from './cosine.ts';
import type { Metric } from './metric.ts';
import { perplexity } from './perplexity.ts';
import { mse, psnr } from './squared-error.ts';
import { top1, top5 } from './top-k.ts';

export const METRICS: Registry<Metric> = registry<Metric>('metrics', [
  top1,
  top5,
  mse,
  psnr,
  cosine,
  perplexity,
]);
