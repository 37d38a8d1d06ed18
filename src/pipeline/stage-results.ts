/**
 * What the stages hand to the report: plain figures, with nothing of a graph, a session or a file in them.
 *
 * Invariant: what was not measured is absent.
 */
import type { Static } from 'typebox';
import type { Report, SearchReport } from '../contracts/report.ts';
import type { Gates as GatesSchema } from '../contracts/spec.ts';
import type { ModelStatistics } from '../core/ir/statistics.ts';
import type { OutputFigures } from '../core/metrics/compare-outputs.ts';
import type { Metric } from '../core/metrics/metric.ts';
import type { FloatReason, GuardedLayer } from '../core/quantization/plan.ts';
import type { Benchmark } from './benchmark.ts';
import type { Host, MemoryFigures, Stage } from './ports.ts';

/** One model as a file: the reference, the artifact, or the upload of another format. */
export interface ModelEvidence {
  readonly engine: string;
  readonly fileBytes: number;
  readonly compressedBytes?: number;
  readonly statistics: ModelStatistics;
  readonly memory?: MemoryFigures;
  /** The metric over the evaluation samples. */
  readonly score?: number;
}

export interface NodeOutcome {
  readonly node: string;
  readonly opType: string;
  readonly outcome: 'quantized' | 'absorbed' | { readonly float: FloatReason };
}

/** Error that the rounding of one value alone makes. */
export interface ValueEvidence {
  readonly value: string;
  readonly producer?: string;
  readonly dtype: string;
  readonly sqnrDb: number;
  readonly scale?: number;
  readonly zeroPoint?: number;
  readonly min?: number;
  readonly max?: number;
}

/** One output of the artifact against the reference run at the same optimisation level. */
export interface OutputComparisonEvidence {
  readonly name: string;
  readonly optimized: OutputFigures;
  readonly unoptimized?: OutputFigures;
}

export interface AccuracyEvidence {
  readonly metric: Metric;
  readonly output: string;
  readonly samples: number;
}

export interface RepairEvidence {
  readonly released: readonly { readonly node: string; readonly opType: string; readonly to: string }[];
  readonly sqnrDbBefore?: number;
  readonly sqnrDbAfter?: number;
  readonly scoreBefore?: number;
  readonly scoreAfter?: number;
  readonly kept: boolean;
}

export interface CalibrationEvidence {
  readonly samples: number;
  readonly calibrator: string;
  readonly synthetic: boolean;
  readonly values: number;
}

/** Ids of contestants in the benchmark. */
export const CONTESTANTS = { source: 'source', reference: 'reference', artifact: 'artifact' } as const;

export interface StageResults {
  readonly model: {
    readonly name: string;
    readonly format: string;
    readonly producer?: string;
    readonly opset: number;
  };
  readonly method: {
    readonly id: string;
    readonly title: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly target: string;
  };
  readonly gates: Gates;
  readonly search?: SearchReport;
  readonly source?: ModelEvidence;
  readonly reference: ModelEvidence;
  readonly artifact: ModelEvidence;
  readonly nodes: readonly NodeOutcome[];
  readonly values: readonly ValueEvidence[];
  readonly outputs: readonly OutputComparisonEvidence[];
  readonly comparedSamples: number;
  readonly accuracy?: AccuracyEvidence;
  readonly calibration?: CalibrationEvidence;
  /** Undefined where the saturation guard was not asked for. */
  readonly saturation?: readonly GuardedLayer[];
  readonly repair: { readonly enabled: boolean; readonly rounds: readonly RepairEvidence[] };
  /** Contestants are named by CONTESTANTS. */
  readonly benchmark?: { readonly result: Benchmark; readonly threads: number };
  /** Other methods that find something to quantize; looked for where the artifact of a job is slower than fp32. */
  readonly otherMethods?: readonly string[];
  readonly warnings: readonly string[];
  readonly stageMs: Readonly<Partial<Record<Stage, number>>>;
  readonly host: HostDescription;
  readonly provenance: Provenance;
}

/** The host without what it can do. */
export type HostDescription = Pick<Host, 'cpuModel' | 'cores' | 'int8Instructions' | 'platform'>;
export type Provenance = Report['provenance'];
/** Limits that the verdict is made of. */
export type Gates = Static<typeof GatesSchema>;
