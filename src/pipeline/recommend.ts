/**
 * Which method and target suit a model, from what its weights are read by. Pure, and quick enough for every upload.
 *
 * The rules are those of the measured tables in the documentation: convolutions gain only with ranges from data, since
 * ConvInteger is many times slower than a float Conv; matrix products gain either way; an LSTM has a dynamic 8-bit
 * kernel and no static one; a model of billions of parameters is bound by the memory it reads.
 */

import type { Recommendation } from '../contracts/recommendation.ts';
import type { Model } from '../core/ir/model.ts';
import type { Node } from '../core/ir/node.ts';
import { walkNodes } from '../core/ir/walk.ts';
import { elementCount } from '../core/tensor/tensor.ts';
import { lookup } from '../registry.ts';
import { sumsSaturate } from './dot-products.ts';
import type { HostDescription } from './stage-results.ts';

/** From here on a model runs at the speed at which its weights are read. */
const LARGE_PARAMETERS = 500_000_000;
/** Fewer parameters than this are not worth the conversions around them. */
const SMALL_PARAMETERS = 1024;

type Reader = 'convolution' | 'matrix' | 'lstm' | 'table' | 'recurrent' | 'other';

const READERS: Readonly<Record<string, Reader>> = {
  Conv: 'convolution',
  ConvTranspose: 'convolution',
  MatMul: 'matrix',
  Gemm: 'matrix',
  LSTM: 'lstm',
  GRU: 'recurrent',
  RNN: 'recurrent',
  Gather: 'table',
};

export function recommend(model: Model, host: HostDescription, hasData: boolean): Recommendation {
  return { ...methodFor(parametersByReader(model), hasData), target: hostTarget(host) };
}

function methodFor(
  counts: Readonly<Record<Reader, number>>,
  hasData: boolean,
): Omit<Recommendation, 'target'> {
  const { convolution, matrix, lstm, table } = counts;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const share = (count: number): string => `${Math.round((100 * count) / all)} % of its parameters`;
  if (all < SMALL_PARAMETERS || convolution + matrix + lstm + table < SMALL_PARAMETERS)
    return {
      method: 'float16',
      reason:
        'It has hardly any weights that 8 bits would make smaller; half precision is what is left to gain.',
    };
  if (matrix >= LARGE_PARAMETERS)
    return {
      method: 'weight-only-int4',
      reason: `Its matrices hold ${matrix.toLocaleString('en-US')} parameters: reading them takes the time, and 4-bit blocks need no data.`,
    };
  if (lstm > convolution + matrix)
    return {
      method: 'dynamic-int8',
      reason: `LSTM layers hold ${share(lstm)}, and only the dynamic form has an 8-bit kernel for them.`,
    };
  if (convolution >= matrix)
    return {
      method: 'static-int8',
      reason: `Convolutions hold ${share(convolution)}: they gain with ranges from calibration data, and lose without.${hasData ? '' : ' Send some real inputs.'}`,
    };
  if (hasData || convolution > SMALL_PARAMETERS)
    return {
      method: 'static-int8',
      reason: `Matrix products hold ${share(matrix)}; with calibration data they run in 8 bits without measuring ranges at run time.`,
    };
  if (matrix + lstm >= table)
    return {
      method: 'dynamic-int8',
      reason: `Matrix products hold ${share(matrix)} and gain without data; with calibration data static-int8 is faster still.`,
    };
  return {
    method: 'dynamic-int8',
    reason: `Tables of Gather hold ${share(table)}, which become bytes without any data.`,
  };
}

function parametersByReader(model: Model): Readonly<Record<Reader, number>> {
  const counts = { convolution: 0, matrix: 0, lstm: 0, table: 0, recurrent: 0, other: 0 };
  const seen = new Set<object>();
  for (const { node } of walkNodes(model.graph))
    for (const value of node.inputs) {
      const tensor = value?.initializer ?? (value && constantOf(value.producer));
      if (tensor?.dtype !== 'float32' || seen.has(tensor)) continue;
      seen.add(tensor);
      counts[readerOf(node)] += elementCount(tensor.dims);
    }
  return counts;
}

/** Exporters leave weights in Constant nodes, which folding takes out. */
function constantOf(producer: Node | undefined) {
  const attribute = producer?.opType === 'Constant' ? producer.attributes.get('value') : undefined;
  return attribute?.kind === 'tensor' ? attribute.value : undefined;
}

const readerOf = (node: Node): Reader =>
  (node.domain === '' ? lookup(READERS, node.opType) : undefined) ?? 'other';

function hostTarget(host: HostDescription): string {
  if (host.platform.includes('arm64')) return 'arm64';
  return sumsSaturate(host) ? 'cpu-avx2' : 'cpu';
}
