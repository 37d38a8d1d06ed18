/**
 * Averages. The kernel counts as AveragePool did before opset 19: it knows no dilations, and with ceil_mode it divides
 * by cells that lie outside, so these stay float.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftqlinearaveragepool
 */
import { elementwise } from './elementwise.ts';
import type { MakeTwin } from './site.ts';

const windows = elementwise('QLinearAveragePool', [
  'auto_pad',
  'count_include_pad',
  'kernel_shape',
  'pads',
  'strides',
]);

const averagePool: MakeTwin = site => {
  const { node } = site;
  if (node.int('ceil_mode', 0) !== 0 || node.ints('dilations')?.some(step => step !== 1)) return undefined;
  return windows(site);
};

export const POOLING: Readonly<Record<string, MakeTwin>> = {
  AveragePool: averagePool,
  GlobalAveragePool: elementwise('QLinearGlobalAveragePool'),
};
