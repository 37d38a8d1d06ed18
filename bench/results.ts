/** What a run of the benchmark gives, as it is written to JSON. */
export interface Side {
  /** Median over the rounds, from the model's file to the written artifact. */
  readonly seconds: number;
  /** Of each round. */
  readonly allSeconds: readonly number[];
  /** Median of the time of all threads on a processor. */
  readonly cpuSeconds: number;
  /** Median of the process's peak resident memory. */
  readonly peakBytes: number;
  readonly artifactBytes: number;
  /** Of the artifact's outputs against float, by the same judge for both sides. */
  readonly sqnrDb?: number;
  /** Seconds by stage, of the median round. */
  readonly stages?: Readonly<Record<string, number>>;
}

export interface CaseResult {
  readonly id: string;
  readonly samples: number;
  readonly rounds: number;
  readonly ours: Side;
  readonly reference?: Side;
}

export interface BenchReport {
  readonly host: { readonly cpuModel: string; readonly cores: number; readonly platform: string };
  /** Versions of what was measured. */
  readonly versions: { readonly bitpress: string; readonly onnxruntime: string; readonly reference?: string };
  readonly cases: readonly CaseResult[];
}
