/**
 * Twins of working models whose weights all begin where their elements may.
 *
 * Invariant: a twin is the same model; a weight that lay unaligned is written once in a job, with the first twin that
 * needs it, and found there by the others, from other folders too.
 */
import type { Model } from '../core/ir/model.ts';
import type { ByteSource, Placement, Region } from '../core/onnx/external-data.ts';
import { ENTRY } from '../core/onnx/schema.ts';
import { regionOf } from '../core/onnx/tensor-proto.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { Files } from './ports.ts';
import {
  dataPath,
  initializers,
  isFileSource,
  isUnaligned,
  placesBeside,
  readModelFile,
  workingLimit,
  writeLaidOut,
} from './write-model-file.ts';

/** Where weights were written aligned, by name and offset of where they lie unaligned. */
export type AlignedWeights = Map<string, { readonly path: string; readonly offset: number }>;

/** The key under which TensorProto.external_data says where in its file a payload begins (onnx.proto). */
const OFFSET = Buffer.from('offset');
/** Of a length-delimited field (protobuf's wire type 2). */
const VALUE_TAG = (ENTRY.value << 3) | 2;

/** The path of the model's twin; that of the model where all its weights are aligned. */
export function alignedFile(path: string, known: AlignedWeights, files: Files): string {
  if (seemsAligned(path, files)) return path;
  const model = readModelFile(path, files);
  // What lies in the model's own file is not mapped: the runtime reads it.
  const isMapped = (source: ByteSource | undefined): boolean =>
    !!source && !(isFileSource(source) && source.path === path);
  if (![...initializers(model)].some(tensor => isUnaligned(tensor) && isMapped(regionOf(tensor)?.source)))
    return path;
  const twin = `${path}.aligned`;
  writeTwin(model, twin, known, files);
  return twin;
}

/**
 * Seen in the bytes, as reading the model takes longer than opening it: every offset that stands in them is a multiple of
 * eight. The writer puts it, in digits, behind its key, a tag and a length.
 */
function seemsAligned(path: string, files: Files): boolean {
  if (files.byteLength(path) > workingLimit(files)) return false;
  const { buffer, byteOffset, byteLength } = files.read(path);
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  for (let at = bytes.indexOf(OFFSET); at >= 0; at = bytes.indexOf(OFFSET, at)) {
    at += OFFSET.length;
    const length = bytes[at + 1] ?? 0;
    const digits = bytes.toString('latin1', at + 2, at + 2 + length);
    if (bytes[at] !== VALUE_TAG || !(Number(digits) % 8 === 0)) return false;
  }
  return true;
}

function writeTwin(model: Model, to: string, known: AlignedWeights, files: Files): void {
  const place = placesBeside(to, files);
  const placed = (region: Region, tensor: Tensor): Placement | undefined => {
    const { source, offset } = region;
    if (isFileSource(source) && !isUnaligned(tensor)) return place(source, offset);
    const found = known.get(keyOf(region, files));
    return found && place(found, found.offset);
  };
  for (const { tensor, offset } of writeLaidOut(model, to, files, { limit: workingLimit(files), placed })) {
    const region = regionOf(tensor);
    if (region) known.set(keyOf(region, files), { path: dataPath(to), offset });
  }
}

/** A file has the same name in every folder of a job. */
function keyOf({ source, offset }: Region, files: Files): string {
  return `${isFileSource(source) ? files.baseName(source.path) : ''}\0${offset}`;
}
