/**
 * Twins of working models whose weights all begin where their elements may.
 *
 * Invariant: a twin is the same model; a weight that lay unaligned is written once in a job, with the first twin that
 * needs it, and found there by the others, from other folders too.
 */
import type { Placement, Region } from '../core/onnx/external-data.ts';
import { FileTensor } from '../core/onnx/tensor-proto.ts';
import { DTYPES } from '../core/tensor/dtype.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { Files } from './ports.ts';
import {
  initializers,
  isBeside,
  isFileSource,
  readModelFile,
  workingLimit,
  writeLaidOut,
} from './write-model-file.ts';

/** Where weights were written aligned, by name and offset of where they lie unaligned. */
export type AlignedWeights = Map<string, { readonly path: string; readonly offset: number }>;

/** The key under which TensorProto.external_data names the file that a payload lies in (onnx.proto). */
const LOCATION = new TextEncoder().encode('location');

export function hasUnalignedWeights(path: string, files: Files): boolean {
  if (isWhole(path, files)) return false;
  return [...initializers(readModelFile(path, files))].some(tensor => {
    const region = tensor instanceof FileTensor ? tensor.region : undefined;
    // What lies in the model's own file is not mapped: the runtime reads it.
    return (
      region && !isAligned(region, tensor) && !(isFileSource(region.source) && region.source.path === path)
    );
  });
}

/** Seen in the bytes, where reading the model would take as long as everything else that a small one needs. */
function isWhole(path: string, files: Files): boolean {
  if (files.byteLength(path) > workingLimit(files)) return false;
  const { buffer, byteOffset, byteLength } = files.read(path);
  return Buffer.from(buffer, byteOffset, byteLength).indexOf(LOCATION) < 0;
}

export function writeAlignedFile(from: string, to: string, known: AlignedWeights, files: Files): void {
  const model = readModelFile(from, files);
  const placed = (region: Region, tensor: Tensor): Placement | undefined => {
    const { source, offset } = region;
    const found =
      isFileSource(source) && isAligned(region, tensor)
        ? { path: source.path, offset }
        : known.get(keyOf(region, files));
    return found && isBeside(found, to, files)
      ? { location: files.baseName(found.path), offset: found.offset }
      : undefined;
  };
  writeLaidOut(model, to, files, { limit: workingLimit(files), placed });
  const written = [...initializers(readModelFile(to, files))];
  [...initializers(model)].forEach((tensor, index) => {
    const aligned = written[index];
    const before = tensor instanceof FileTensor ? tensor.region : undefined;
    const after = aligned instanceof FileTensor ? aligned.region : undefined;
    if (!before || !after || !isFileSource(after.source)) return;
    known.set(keyOf(before, files), { path: after.source.path, offset: after.offset });
  });
}

/** A file has the same name in every folder of a job. */
function keyOf({ source, offset }: Region, files: Files): string {
  return `${isFileSource(source) ? files.baseName(source.path) : ''}\0${offset}`;
}

/** Elements of eight bytes and less begin at a multiple of their size. */
function isAligned({ offset }: Region, { dtype }: Tensor): boolean {
  return offset % Math.max(1, Math.min(DTYPES[dtype].bits / 8, 8)) === 0;
}
