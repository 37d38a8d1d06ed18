/**
 * Resident memory of this process and its peak.
 *
 * Source: proc(5), /proc/self/status (VmRSS, VmHWM) and /proc/self/clear_refs ("5" resets the peak, Linux 4.0).
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Resident {
  readonly bytes: number;
  /** Undefined where the system keeps no peak that can be told from earlier ones. */
  readonly peakBytes: number | undefined;
}

const KIB = 1024;

export function resident(): Resident {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * KIB;
    const [bytes, peakBytes] = [field('VmRSS'), field('VmHWM')];
    if (Number.isFinite(bytes))
      return { bytes, peakBytes: Number.isFinite(peakBytes) ? peakBytes : undefined };
  } catch {
    // Not Linux.
  }
  return { bytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * KIB };
}

/** Makes the present size the peak, so that what the start of the process took does not count. False where refused. */
export function resetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}
