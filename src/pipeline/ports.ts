/**
 * What the pipeline needs from outside, as interfaces. platform/ implements them; composition roots join the two.
 *
 * Invariant: nothing below this line of the architecture names onnxruntime, a path convention, a clock or a process.
 */
import type { Dataset, DatasetUse } from '../core/data/dataset.ts';
import type { SessionValue, TensorMap } from '../core/data/samples.ts';
import type { PayloadReader } from '../core/tensor/tensor.ts';
import type { Gathered, GatherTask } from './gather.ts';

export type { RuntimeTensor, SampleSource, SessionValue, TensorMap } from '../core/data/samples.ts';

/** onnxruntime's GraphOptimizationLevel. */
export type Optimization = 'off' | 'basic' | 'extended' | 'all';

export interface OpenOptions {
  readonly optimization: Optimization;
  readonly threads?: number;
  /**
   * False where most values of a run are given out: the runtime then lays out no block for the others together, which would
   * be held between runs and save nothing.
   */
  readonly memoryPattern?: boolean;
  /** Writes the optimised graph here when the session is made. */
  readonly saveOptimizedTo?: string;
  /** The model is held against one that is too large to be loaded as a whole, and must not take much memory either. */
  readonly sparing?: boolean;
}

/** Runs of one model on several samples. */
export interface Runs {
  readonly count: number;
  feeds(index: number): TensorMap;
  /** Outputs that are wanted; all where it is left out. */
  readonly outputs?: readonly string[];
}

/** What one run gave; of a model in pieces, what one of its pieces gave. */
export interface Shown {
  readonly sample: number;
  readonly results: TensorMap;
  /** What the model was given, once for each sample. */
  readonly given?: TensorMap;
  /** Share of all runs that is done with this one. */
  readonly fraction: number;
}

/** A model of which one piece is loaded at a time. */
export interface Pieces {
  readonly count: number;
  /**
   * Loads each piece once for many samples, and nothing while somebody looks at the outputs. `runEach` is for callers who
   * take either kind of session.
   */
  run(runs: Runs): AsyncIterable<TensorMap>;
  /** The same, but outputs are shown as soon as their piece has run, sample by sample, and are not kept. */
  show(runs: Runs, look: (shown: Shown) => void): Promise<void>;
  /**
   * Milliseconds of several runs on the same feeds, each the sum over the pieces: every piece is run again and again while
   * it is loaded, and loading it does not count.
   */
  time(feeds: TensorMap, timeRuns: TimeRuns): Promise<readonly number[]>;
}

/** Calls `run` several times and gives what each took in milliseconds. @param share of the time that one may take in all */
export type TimeRuns = (run: () => Promise<unknown>, share: number) => Promise<readonly number[]>;

export interface Session {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  /** Runs once. `outputs` limits what is computed and copied; all outputs where it is left out. */
  run(feeds: TensorMap, outputs?: readonly string[]): Promise<TensorMap>;
  /**
   * Takes the memory of a run's results back at once, where the runtime can and they are large: their arrays are empty
   * afterwards. Left to the garbage collector, results of a run or two are enough to set it off.
   */
  discard?(results: TensorMap): void;
  /** Set where the model is too large to be loaded as a whole: each `run` then loads it piece by piece. */
  readonly pieces?: Pieces;
  close(): Promise<void>;
}

export interface Runtime {
  /** For provenance: the version of onnxruntime. */
  readonly version: string;
  /** @throws BitpressError model_load_failed, with the runtime's own words as detail. */
  open(modelPath: string, options: OpenOptions): Promise<Session>;
}

/** Other threads of this process, each with a runtime of its own: samples of one calibration are shared with them. */
export interface SampleThreads {
  /** How many there may be. */
  readonly most: number;
  /** Memory of all that the process may take. */
  readonly memoryBytes: number;
  /** Bytes of weights and values over all samples below which the start of a thread costs what it saves. */
  readonly leastWork: number;
  /** Starts a thread that will be asked for: it takes a while to load. */
  warm(): void;
  /** Undefined where a model is not for other threads. It may fail at any time, and says so when it is asked for what it has. */
  open(task: GatherTask, options: Required<Pick<OpenOptions, 'threads'>>): SampleThread | undefined;
}

export interface SampleThread {
  /** Hands a sample over. */
  give(sample: number, feeds: TensorMap): void;
  /** Samples that were handed over. */
  readonly given: number;
  /** Of these, how many it is done with. */
  readonly done: number;
  readonly failed: boolean;
  /**
   * No more will be given. Undefined where not everything that it has claimed was gathered: it failed or died, or did not
   * answer within the limit.
   */
  end(limitMs: number): Promise<Gathered | undefined>;
  /** What it has is not wanted any more. */
  close(): void;
}

export interface MemoryFigures {
  /** Resident bytes above the idle runtime after the session was made. */
  readonly loadBytes: number;
  /** Peak resident bytes above the idle runtime over load and runs. */
  readonly peakBytes: number;
}

/** Which runtime runs a model: onnxruntime, or the engine that the uploaded model comes from. */
export type EngineId = 'onnxruntime' | 'tensorflowjs';

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
    engine?: EngineId,
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

/** A file that is read piece by piece. */
export interface FileSource {
  readonly path: string;
  readonly byteLength: number;
  read(offset: number, length: number): Uint8Array;
  /** For many reads in turn: the file stays open until the reader is closed. */
  open(): PayloadReader;
}

/** Files of the job's private directory. */
export interface Files {
  /** Weights above this many bytes go to a file beside the model; left out, what a protobuf message can hold. */
  readonly inlineBytes?: number;
  /** The same for models that only the stages read; left out, what is cheaper to copy than to share. */
  readonly workingInlineBytes?: number;
  read(path: string): Uint8Array;
  exists(path: string): boolean;
  source(path: string): FileSource;
  /** A new file. It need not outlast a crash of the machine: the job would not either. @throws BitpressError storage_full */
  write(path: string, chunks: Iterable<Uint8Array>): void;
  /** @throws BitpressError storage_full */
  copy(from: string, to: string): void;
  /**
   * A second name for the same bytes, which nobody changes; a copy where the file system has no such names. False where
   * the name is another file's.
   */
  link(from: string, to: string): boolean;
  join(directory: string, name: string): string;
  /** Makes a folder in a folder that is there, and gives its path. */
  makeFolder(directory: string, name: string): string;
  /** Removes a folder that `makeFolder` made, with all that is in it. */
  removeFolder(path: string): void;
  byteLength(path: string): number;
  directory(path: string): string;
  baseName(path: string): string;
  /** Size, gzip size and hash of a model's files, the main one first. */
  measure(paths: readonly [string, ...string[]]): Promise<{
    readonly bytes: number;
    readonly compressedBytes: number | undefined;
    readonly sha256: string;
  }>;
  openDataset(path: string, workDir: string, use?: DatasetUse): Promise<Dataset>;
}

/** In bytes. */
export interface LoadLimits {
  /** A model with more weights is loaded piece by piece. */
  readonly whole: number;
  /** Weights of one piece. */
  readonly piece: number;
  /** Values that lie in files between two pieces. */
  readonly spill: number;
}

export interface Ports {
  readonly runtime: Runtime;
  /** TensorFlow.js, which runs layers models as core/importers/keras/source writes them. */
  readonly sourceRuntime?: Runtime;
  readonly host: Host;
  readonly files: Files;
  /** Left out where all samples run in this thread. */
  readonly sampleThreads?: SampleThreads;
  readonly progress: ReportProgress;
  readonly signal: AbortSignal;
  /** How much of a model is loaded at once; left out, what keeps a job under 1.5 GB. */
  readonly loadLimits?: LoadLimits;
}
