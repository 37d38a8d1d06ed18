/**
 * Resident memory that a job needs: what its largest stage holds, or what the process keeps after that beside the one that
 * measures the memory of the float model.
 *
 *   stage     = idle + sessions that are open together + values of one run that are looked at, or sums for GPTQ
 *   measuring = idle + KEPT * (the largest stage - idle) + the measuring process + a session of the float model
 *
 * The constants are fitted to measured jobs (docs/benchmarks.md), above most of them: a job is admitted by this figure. Of a model
 * that is loaded piece by piece (ADR 23) nothing but pieces is held.
 */
import type { Graph } from '../core/ir/graph.ts';
import { type Activations, bytesOfValues } from './activation-bytes.ts';
import { LOAD_LIMITS } from './pieces/in-pieces.ts';
import type { TensorMap } from './ports.ts';
import { WORKING_INLINE_BYTES } from './write-model-file.ts';

const MB = 1e6;
/** Node, the runtime's library and this program, with model and data opened. */
const IDLE_BYTES = 135 * MB;
/** A process that loads one model and runs it, without the model. */
const MEASURING_BYTES = 100 * MB;
/** In either process, the engine of an upload that was not ONNX. */
const ENGINE_BYTES = 60 * MB;
/** The graph as objects, of the stages and of the runtime. */
const NODE_BYTES = 0.08 * MB;
/** Of a model whose weights lie in files of their own, the weights are in the sessions alone; a small one is held as bytes too. */
const COPIES = { shared: 1, inline: 5 } as const;
/** One file: its bytes, the runtime's message, and the weights. */
const ARTIFACT_COPIES = 2;
/** Of values: the runtime's arena grows by more than it needs, and what is shown is copied out of it. */
const LIVE_COPIES = 4;
const SHOWN_COPIES = 3;
/**
 * What the allocator keeps when a stage has ended, as it lies between blocks in use: all of a little, most of what sessions
 * held, and of values that were shown a part, as large ones go back at once.
 */
const KEPT = { whole: 50 * MB, sessions: 0.8, shown: 0.5 } as const;
/** Of a model that is loaded piece by piece. */
const PIECES_HELD = 3;
/** Samples that the benchmark keeps in turn. */
const SAMPLES_IN_HAND = 16;

export interface MemoryFactors {
  readonly modelBytes: number;
  readonly artifactBytes: number;
  /** Of the prepared model. */
  readonly graph: Graph;
  readonly activations: Activations;
  /** Names of values of which calibration looks at every element, all in one run. */
  readonly observed: readonly string[];
  /** Sessions of the float model that calibrate side by side, each with its weights and values. */
  readonly calibrationSessions: number;
  /** Bytes that rounding against data holds at one time. */
  readonly roundingBytes: number;
  /** Of one sample. */
  readonly feeds: TensorMap;
  /** Whether the upload's own engine runs it beside. */
  readonly withEngine: boolean;
  readonly benchmark: boolean;
}

export function estimateMemory(factors: MemoryFactors): number {
  const { modelBytes, artifactBytes, graph, activations, feeds, benchmark } = factors;
  const engine = factors.withEngine ? ENGINE_BYTES : 0;
  const idle = IDLE_BYTES + engine + NODE_BYTES * graph.nodes.length + SAMPLES_IN_HAND * feedBytes(feeds);
  const isPieced = modelBytes > LOAD_LIMITS.whole;
  const float = isPieced ? PIECES_HELD * LOAD_LIMITS.piece : floatSession(factors);
  const artifact = isPieced ? 0 : ARTIFACT_COPIES * artifactBytes + LIVE_COPIES * activations.live;
  const shown = SHOWN_COPIES * bytesOfValues(activations, factors.observed);
  const held = Math.max(
    factors.calibrationSessions * (float + shown),
    float + factors.roundingBytes,
    float + artifact,
  );
  const left = KEPT.whole + KEPT.sessions * (float + artifact) + KEPT.shown * shown;
  const kept = Math.min(held, left);
  // The float model is not measured where it is too large to be loaded as a whole.
  const measuring = MEASURING_BYTES + engine + (isPieced ? ARTIFACT_COPIES * artifactBytes : float);
  return Math.round(idle + Math.max(held, benchmark ? kept + measuring : 0));
}

/** The runtime writes weights of convolutions anew in a layout of its own, and holds both while it does. */
function floatSession({ modelBytes, graph, activations }: MemoryFactors): number {
  let convolutions = 0;
  for (const { opType, inputs } of graph.nodes)
    if (opType === 'Conv') convolutions += inputs[1]?.initializer?.byteLength ?? 0;
  const isInline = modelBytes <= WORKING_INLINE_BYTES;
  return (
    (isInline ? COPIES.inline : COPIES.shared) * modelBytes + convolutions + LIVE_COPIES * activations.live
  );
}

const feedBytes = (feeds: TensorMap): number =>
  Object.values(feeds).reduce((sum, { data }) => sum + (data as { byteLength: number }).byteLength, 0);
