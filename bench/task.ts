/**
 * What one side is asked to do in one child process, and what it answers.
 *
 * Invariant: a task is plain JSON, so that the same one goes to both sides; each reads its own part of it.
 */
import type { JobSpec } from '../src/contracts/parse-spec.ts';

/** The settings of onnxruntime.quantization that correspond; bench/reference.py reads them. */
export type ReferenceSettings =
  | {
      readonly kind: 'static';
      readonly calibrator: 'MinMax' | 'Percentile' | 'Entropy';
      readonly activation: 'QUInt8' | 'QInt8';
      readonly weight: 'QInt8' | 'QUInt8';
      readonly perChannel: boolean;
    }
  | { readonly kind: 'dynamic'; readonly weight: 'QInt8' | 'QUInt8'; readonly perChannel: boolean }
  | {
      readonly kind: 'matmulnbits';
      readonly bits: 4 | 8;
      readonly blockSize: number;
      readonly symmetric: boolean;
    }
  | { readonly kind: 'float16' };

export interface Task {
  readonly model: string;
  /** The data of a model that is not one file. */
  readonly data?: string;
  readonly out: string;
  readonly workDir: string;
  readonly calibration?: string;
  readonly samples: number;
  /** What our side is asked for, read as a job's spec is before its process starts. */
  readonly spec: JobSpec;
  readonly reference?: ReferenceSettings;
}

export interface Measured {
  /** From the model's file to the written artifact; imports of modules come before. */
  readonly seconds: number;
  /** Time of all threads on a processor meanwhile: steadier than the former on a machine that others use too. */
  readonly cpuSeconds: number;
  /** Peak resident memory of the process, its runtime included. */
  readonly peakBytes: number;
  /** The same before the work began. */
  readonly idleBytes: number;
  /** Where the time went, in seconds. */
  readonly stages?: Readonly<Record<string, number>>;
}
