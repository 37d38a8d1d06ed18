/** What a model file may cost before anything of it is believed. Each cap has its reason; each error names its cap. */
import { BitpressError } from '../../errors.ts';

export interface ModelLimits {
  /** Records of the file. Each costs about 100 bytes here; a large real model (100 000 nodes) has some 2 million. */
  readonly maxFields: number;
  /** Nodes of all graphs and functions. The largest published models have some 100 000 after unrolling. */
  readonly maxNodes: number;
  /** Graphs inside graphs. Real models nest three or four deep; each level is a recursion here and in the runtime. */
  readonly maxGraphDepth: number;
  /** Bytes of one name or text. Names are held, compared and printed; exporters stay below 1 KB. */
  readonly maxStringBytes: number;
  /** Dimensions of one tensor. NumPy stops at 64, onnxruntime's kernels far below. */
  readonly maxRank: number;
  /** Bytes that one tensor may declare: an offset must stay an exact number, and no machine here holds more. */
  readonly maxTensorBytes: number;
}

export const MODEL_LIMITS: ModelLimits = {
  maxFields: 8_000_000,
  maxNodes: 500_000,
  maxGraphDepth: 24,
  maxStringBytes: 1 << 20,
  maxRank: 64,
  maxTensorBytes: 2 ** 40,
};

export function limitExceeded(
  limits: ModelLimits,
  limit: keyof ModelLimits,
  what: string,
  place: { node?: string; field?: string } = {},
): BitpressError {
  return new BitpressError('model_limit_exceeded', `${what} exceeds ${limit} = ${limits[limit]}`, {
    limit,
    ...place,
  });
}
