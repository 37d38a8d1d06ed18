/**
 * What 8-bit grids in series can keep of normal activations and uniform weights, by the formula of uniform quantization.
 *
 * A grid of 2^b - 1 steps over k deviations on either side has the noise step^2 / 12, with step = 2 k / (2^b - 1):
 *
 *   activations   12 (2^b - 1)^2 / (2 k)^2     40.9 dB for b = 8, k = 4 (the largest of some 10^4 normal numbers)
 *   weights       (2 L)^2                      48.1 dB for largest code L = 127, 42.1 for 64
 *
 * A layer of random weights passes relative noise on as it is, and independent noises add. A weight that is applied in
 * every one of T turns makes the same error in each: its part grows by T^2, that of the activations by T.
 *
 * Source: Widrow, Kollar, "Quantization Noise" (Cambridge, 2008), chapter 4.
 */
import { walkGraphs } from '../../src/core/ir/walk.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import type { GraphResult } from './quantize-graph.ts';

const STEPS = 255;
const DEVIATIONS = 4;
const ACTIVATION = (2 * DEVIATIONS) ** 2 / (12 * STEPS ** 2);

export interface Grids {
  readonly activations: number;
  readonly weights: number;
}

/** Grids of an artifact, wherever they stand: on one path there are no more. */
export function gridsOf({ artifact, report }: GraphResult): Grids {
  const graphs = [...walkGraphs(artifact.graph)];
  const dynamic = graphs
    .flatMap(({ nodes }) => nodes)
    .filter(node => node.opType.startsWith('DynamicQuantize')).length;
  const weights = graphs
    .flatMap(graph => graph.initializers)
    .filter(({ initializer }) => initializer && isWeight(initializer)).length;
  return { activations: report.values.length + dynamic, weights };
}

const isWeight = ({ dtype, dims }: Tensor): boolean => /^u?int8$/.test(dtype) && dims.length > 1;

/** @param largestCode of weights @param turns of a loop @returns dB */
export function noiseBound({ activations, weights }: Grids, largestCode: number, turns = 1): number {
  const weight = 1 / (2 * largestCode) ** 2;
  return -10 * Math.log10(activations * turns * ACTIVATION + weights * turns ** 2 * weight);
}
