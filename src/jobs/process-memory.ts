/**
 * Resident memory of a process and its descendants. Source: proc(5), /proc/[pid]/statm and /proc/[pid]/task/[tid]/children.
 */
import { readFile } from 'node:fs/promises';

/** Linux on every architecture that onnxruntime ships for, but for kernels built with larger pages. */
const PAGE_BYTES = 4096;

/** Undefined where the system does not say. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const [, resident] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
    let bytes = Number(resident) * PAGE_BYTES;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ').filter(text => text !== ''))
      bytes += (await residentBytes(Number(child))) ?? 0;
    return bytes;
  } catch {
    return undefined;
  }
}
