/** The targets, in the order in which they are shown; the first is the default. */
import { registry } from '../../../registry.ts';
import { arm64 } from './arm64.ts';
import { cpu } from './cpu.ts';
import { cpuAvx2 } from './cpu-avx2.ts';
import { qnn } from './qnn.ts';
import type { Target } from './target.ts';
import { tensorrt } from './tensorrt.ts';
import { web } from './web.ts';

export const TARGETS = registry<Target>('targets', [cpu, cpuAvx2, arm64, tensorrt, qnn, web]);

export const DEFAULT_TARGET: string = cpu.id;
