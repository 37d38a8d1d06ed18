/**
 * What this machine is, as far as it decides how fast 8-bit kernels run.
 *
 * Sources: /proc/cpuinfo on Linux (`flags` on x86, `Features` on arm64); every Apple silicon has the dot-product
 * instructions. Elsewhere the instruction sets are not known and none is claimed.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Host } from '../pipeline/ports.ts';
import { measureMemory } from './memory/measure-memory.ts';

/** Our names, which are the Linux flag names, in the order in which a report shows them. */
const INT8_FLAGS = [
  'avx2',
  'avx512_vnni',
  'avx_vnni',
  'avx_vnni_int8',
  'amx_int8',
  'asimddp',
  'i8mm',
] as const;

export function int8Instructions(cpuinfo: string): readonly string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return INT8_FLAGS.filter(flag => flags.has(flag));
}

function localInstructions(): readonly string[] {
  if (process.platform === 'darwin') return process.arch === 'arm64' ? ['asimddp'] : [];
  try {
    return int8Instructions(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return [];
  }
}

export function describeHost(): Host {
  const cores = os.availableParallelism();
  return {
    cpuModel: os.cpus()[0]?.model.trim() || `unknown ${process.arch}`,
    cores,
    int8Instructions: localInstructions(),
    platform: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
    measureMemory: (modelPath, sample, signal, engine = 'onnxruntime') =>
      measureMemory({ modelPath, sample, threads: cores, engine }, signal),
    now: () => performance.now(),
  };
}
