/**
 * Resident memory that a job needs, estimated from what it will hold at once.
 *
 *   runtime + models * (fp32 file) + artifacts * (artifact file) + (observed values of one sample, or sums for GPTQ) + samples in hand
 *
 * The two factors count the copies that coexist at the worst moment: the file as bytes, the weights in a session and
 * packed for its kernels. They are fitted to measured jobs (docs/quantization.md), not derived. Of a model that is loaded piece
 * by piece (ADR 23) nothing but pieces is held: of the float model, of the artifact, and what is packed or written meanwhile.
 */

import { LOAD_LIMITS } from './pieces/in-pieces.ts';
import type { SampleSource, TensorMap } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { valueBytes } from './value-bytes.ts';

/** Node, the runtime's library and this program, with nothing loaded. */
const IDLE_BYTES = 250 * 1024 ** 2;
const MODEL_COPIES = 5;
const ARTIFACT_COPIES = 1;
/** Of a model that is loaded so. */
const PIECES_HELD = 3;
/** Samples that the benchmark keeps in turn. */
const SAMPLES_IN_HAND = 16;

export interface MemoryFactors {
  readonly modelBytes: number;
  readonly artifactBytes: number;
  readonly prepared: PreparedModel;
  /** Names of values that calibration looks at, all in one run. */
  readonly observed: readonly string[];
  /** Bytes that rounding against data holds at one time. */
  readonly roundingBytes: number;
  readonly samples: SampleSource;
}

export function estimateMemory(factors: MemoryFactors): number {
  const { modelBytes, artifactBytes, prepared, observed, roundingBytes, samples } = factors;
  const feeds = samples.feeds(0);
  const values = valueBytes(prepared, observed, batchOf(feeds));
  return Math.round(
    IDLE_BYTES +
      (modelBytes > LOAD_LIMITS.whole
        ? PIECES_HELD * LOAD_LIMITS.piece
        : MODEL_COPIES * modelBytes + ARTIFACT_COPIES * artifactBytes) +
      Math.max(values, roundingBytes) +
      SAMPLES_IN_HAND * feedBytes(feeds),
  );
}

const batchOf = (feeds: TensorMap): number => Object.values(feeds)[0]?.dims[0] ?? 1;

const feedBytes = (feeds: TensorMap): number =>
  Object.values(feeds).reduce((sum, { data }) => sum + (data as { byteLength: number }).byteLength, 0);
