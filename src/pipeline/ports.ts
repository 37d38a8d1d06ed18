/**
 * What the pipeline needs from outside, as interfaces. platform/ implements them; composition roots join the two.
 *
 * Invariant: nothing below this line of the architecture names onnxruntime, a path convention, a clock or a process.
 */
import type { SessionValue, TensorMap } from '../core/data/samples.ts';

export type { RuntimeTensor, SampleSource, SessionValue, TensorMap } from '../core/data/samples.ts';

/** onnxruntime's GraphOptimizationLevel. */
export type Optimization = 'off' | 'basic' | 'extended' | 'all';

export interface OpenOptions {
  readonly optimization: Optimization;
  readonly threads?: number;
  /** Writes the optimised graph here when the session is made. */
  readonly saveOptimizedTo?: string;
}

export interface Session {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  /** Runs once. `outputs` limits what is computed and copied; all outputs where it is left out. */
  run(feeds: TensorMap, outputs?: readonly string[]): Promise<TensorMap>;
  close(): Promise<void>;
}

export interface Runtime {
  /** For provenance: the version of onnxruntime. */
  readonly version: string;
  /** @throws BitpressError model_load_failed, with the runtime's own words as detail. */
  open(modelPath: string, options: OpenOptions): Promise<Session>;
}

export interface MemoryFigures {
  /** Resident bytes above the idle runtime after the session was made. */
  readonly loadBytes: number;
  /** Peak resident bytes above the idle runtime over load and runs. */
  readonly peakBytes: number;
}

export interface Host {
  readonly cpuModel: string;
  readonly cores: number;
  /** Instruction sets that decide 8-bit speed: `avx2`, `avx512_vnni`, `avx_vnni`, `amx_int8`, `asimddp`, `i8mm`. */
  readonly int8Instructions: readonly string[];
  readonly platform: string;
  /** Loads and runs a model in a process of its own. Undefined where the host cannot measure. */
  measureMemory(
    modelPath: string,
    sample: TensorMap,
    signal: AbortSignal,
  ): Promise<MemoryFigures | undefined>;
  /** Monotonic milliseconds. */
  now(): number;
}

export const STAGES = [
  'importing',
  'preparing',
  'calibrating',
  'quantizing',
  'verifying',
  'benchmarking',
  'reporting',
] as const;
export type Stage = (typeof STAGES)[number];

export interface Progress {
  readonly stage: Stage;
  /** Share of the stage that is done, 0 to 1. */
  readonly fraction: number;
  readonly message?: string;
}
export type ReportProgress = (progress: Progress) => void;
