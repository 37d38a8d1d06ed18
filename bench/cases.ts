/** What is measured: each case is one method on one model, with the settings of the reference that mean the same. */
import type { JobSpec } from '../src/contracts/parse-spec.ts';
import type { InputsId } from './inputs.ts';
import type { ReferenceSettings } from './task.ts';

export interface Case {
  readonly id: string;
  readonly inputs: InputsId;
  /** Calibration samples; 0 where the method takes none. */
  readonly samples: number;
  readonly method: JobSpec['method'];
  /** Left out where the reference cannot do it in the memory of a usual machine. */
  readonly reference?: ReferenceSettings;
  /** Too large to be run without being asked for by --only. */
  readonly onDemand?: boolean;
}

/** The reference's settings know no CPU, and smooth nothing: ours would do more than it does. */
const ON_ANY_CPU = {
  'static-int8': { saturationGuard: false, smoothQuant: 'none' },
  'dynamic-int8': { reduceRange: false },
} as const;

const staticCase = (
  id: string,
  inputs: InputsId,
  samples: number,
  [ours, theirs]: readonly [string, 'MinMax' | 'Percentile' | 'Entropy'],
  against = true,
): Case => ({
  id,
  inputs,
  samples,
  method: {
    type: 'static-int8',
    perChannel: false,
    calibrator: { type: ours },
    ...ON_ANY_CPU['static-int8'],
  } as JobSpec['method'],
  ...(against && {
    reference: {
      kind: 'static',
      calibrator: theirs,
      activation: 'QUInt8',
      weight: 'QInt8',
      perChannel: false,
    },
  }),
});

const MIN_MAX = ['min-max', 'MinMax'] as const;
const PERCENTILE = ['percentile', 'Percentile'] as const;
const ENTROPY = ['entropy', 'Entropy'] as const;

export const CASES: readonly Case[] = [
  staticCase('resnet50/min-max/32', 'resnet50', 32, MIN_MAX),
  staticCase('resnet50/percentile/32', 'resnet50', 32, PERCENTILE),
  staticCase('resnet50/entropy/32', 'resnet50', 32, ENTROPY),
  staticCase('resnet50/percentile/128', 'resnet50', 128, PERCENTILE, false),
  {
    id: 'bert-base/dynamic-int8',
    inputs: 'bert-base',
    samples: 0,
    method: {
      type: 'dynamic-int8',
      perChannel: false,
      ...ON_ANY_CPU['dynamic-int8'],
    } as JobSpec['method'],
    reference: { kind: 'dynamic', weight: 'QInt8', perChannel: false },
  },
  {
    id: 'bert-base/int4-block32',
    inputs: 'bert-base',
    samples: 0,
    method: { type: 'weight-only-int4', blockSize: 32, symmetric: true } as JobSpec['method'],
    reference: { kind: 'matmulnbits', bits: 4, blockSize: 32, symmetric: true },
  },
  {
    id: 'bert-base/float16',
    inputs: 'bert-base',
    samples: 0,
    method: { type: 'float16' } as JobSpec['method'],
    reference: { kind: 'float16' },
  },
  {
    id: 'external-3gb/int4-block32',
    inputs: 'external-3gb',
    samples: 0,
    method: { type: 'weight-only-int4', blockSize: 32, symmetric: true } as JobSpec['method'],
    onDemand: true,
  },
  staticCase('bert-base/min-max/32', 'bert-base', 32, MIN_MAX),
  staticCase('mobilenet/min-max/128', 'mobilenet', 128, MIN_MAX),
  staticCase('mobilenet/percentile/128', 'mobilenet', 128, PERCENTILE),
  staticCase('mobilenet/entropy/128', 'mobilenet', 128, ENTROPY),
];
