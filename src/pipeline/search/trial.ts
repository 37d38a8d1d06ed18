/** What a search knows of one candidate, and how candidates compare. */
import type { MadeArtifact } from '../make-artifact.ts';

/** Figures of an artifact; smaller is better for all three objectives. */
export interface TrialFigures {
  readonly bytes: number;
  readonly sizeRatio: number;
  /** Against the float model in the same run; undefined where latency is not measured. */
  readonly speedup?: number;
  readonly p50Ms?: number;
  readonly minSqnrDb?: number;
  /** Loss of the metric, positive when worse. */
  readonly drop?: number;
  /** Nodes that repair released to float. */
  readonly released: number;
  /** Gates that were missed. */
  readonly missed: readonly string[];
}

export interface Trial {
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly figures?: TrialFigures;
  /** Why there are no figures. */
  readonly problem?: string;
}

/** The trial whose artifact is at hand. */
export interface TriedArtifact {
  readonly trial: Trial & { readonly figures: TrialFigures };
  readonly made: MadeArtifact;
  readonly workDir: string;
}
