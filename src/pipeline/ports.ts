/**
 * What the pipeline needs from outside, as interfaces. platform/ implements them; composition roots join the two.
 *
 * Invariant: nothing below this line of the architecture names onnxruntime, a path convention, a clock or a process.
 */
import type { Dim } from '../core/ir/value.ts';
import type { ArrayDType, TypedArrayOf } from '../core/tensor/tensor.ts';

/** A dense tensor as the runtime takes and gives it. 16-bit floats are seen as their bits. */
export interface RuntimeTensor {
  readonly dtype: ArrayDType;
  readonly dims: readonly number[];
  readonly data: TypedArrayOf<ArrayDType>;
}

export type TensorMap = Readonly<Record<string, RuntimeTensor>>;

export interface SessionValue {
  readonly name: string;
  /** Undefined for what is not a dense tensor of a type we can feed (sequences, strings). */
  readonly dtype: ArrayDType | undefined;
  /** Undefined where the runtime does not know even the rank. */
  readonly dims: readonly Dim[] | undefined;
}

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

/** Samples bound to the inputs of one model; reading one does not keep the others in memory. */
export interface SampleSource {
  readonly count: number;
  /** Feeds of sample `index`: every input of the model, batch as the model declares it. */
  feeds(index: number): TensorMap;
  /** Class index or indices, regression targets or next tokens of the sample; undefined without labels. */
  label(index: number): RuntimeTensor | undefined;
  readonly hasLabels: boolean;
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
