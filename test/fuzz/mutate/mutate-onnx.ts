/** One mutated ONNX file: one to four edits of its structure, or of its bytes. */
import type { Random } from '../random.ts';
import { mutateBytes } from './byte-mutations.ts';
import { cloneTree, type Tree, writeTree } from './message-tree.ts';
import { ONNX_MUTATIONS } from './onnx-mutations.ts';

const NAMES = Object.keys(ONNX_MUTATIONS);
/** Bytes at random rarely pass the wire format; the rules behind it are what structure reaches. */
const BYTES_SHARE = 0.2;

export interface Mutant {
  readonly bytes: Uint8Array;
  /** Names of the edits, for the log. */
  readonly edits: readonly string[];
}

export function mutateOnnx(model: Tree, random: Random, donors: readonly Tree[]): Mutant {
  if (random.chance(BYTES_SHARE)) return { bytes: mutateBytes(writeTree(model), random), edits: ['bytes'] };
  const copy = cloneTree(model);
  const edits: string[] = [];
  for (let left = 1 + random.below(4); left > 0; left--) {
    const name = random.pick(NAMES) ?? '';
    if (ONNX_MUTATIONS[name]?.(copy, random, donors)) edits.push(name);
  }
  return { bytes: writeTree(copy), edits };
}
