/**
 * Models as files of the job's directory: `<name>.onnx`, and beside it `<name>.onnx.data` where the initializers would
 * not fit or need not be written.
 *
 * Invariant: what is written here is read by `openModelFile`, whichever form it took; payloads beside the model are read
 * when a tensor is asked for its bytes. `writeModelFile` writes what can be handed out: one file, or two where one could
 * not hold it. `writeWorkingFile` writes for the stages: a weight that lies in a file already is referred to, so that all
 * stages of a job share one copy of the weights.
 */
import type { Model } from '../core/ir/model.ts';
import { walkGraphs } from '../core/ir/walk.ts';
import { type ByteSource, isAligned, type Placement, type Region } from '../core/onnx/external-data.ts';
import { readModel } from '../core/onnx/read.ts';
import { slimModel } from '../core/onnx/slim.ts';
import { regionOf } from '../core/onnx/tensor-proto.ts';
import { type ExternalPart, type WriteOptions, type WrittenModel, writeModel } from '../core/onnx/write.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { FileSource, Files } from './ports.ts';

/**
 * Initializers up to this stay in the model file. A protobuf message ends at 2 GiB; a quarter is left for what lowering
 * and the runtime add to the graph.
 */
const INLINE_BYTES = 1.5 * 1024 ** 3;

/** Up to this a working model is one file: a second one and its sharing would cost more than the copies. */
export const WORKING_INLINE_BYTES = 16 * 1024 ** 2;

/** Weights that are written into every working model rather than kept where the runtime could not use them. */
const MOVED_BYTES = 2 * 1024 ** 2;

/** Tensors below this stay in the model: shapes and scales, which shape inference wants to see. As onnx's own helper. */
const EXTERNAL_TENSOR_BYTES = 1024;

/** Bytes of weights above which stages share them instead of copying. */
export function workingLimit({
  inlineBytes = INLINE_BYTES,
  workingInlineBytes = WORKING_INLINE_BYTES,
}: Files): number {
  return Math.min(inlineBytes, workingInlineBytes);
}

export type ModelPaths = readonly [model: string, ...data: string[]];

/** Writes a model that refers to nothing but its own data file. */
export function writeModelFile(model: Model, path: string, files: Files): ModelPaths {
  writeLaidOut(model, path, files, { limit: files.inlineBytes ?? INLINE_BYTES });
  return files.exists(dataPath(path)) ? [path, dataPath(path)] : [path];
}

/**
 * Writes a model whose weights stay where they are; a file of another folder gets a name in this one. Weights that the
 * runtime could not use where they lie are written into the model if they are few.
 */
export function writeWorkingFile(model: Model, path: string, files: Files): void {
  const areFew = weightBytes(model, isUnaligned) <= Math.min(MOVED_BYTES, workingLimit(files));
  const place = placesBeside(path, files);
  const placed = ({ source, offset }: Region, tensor: Tensor): Placement | undefined =>
    isFileSource(source) && !(areFew && isUnaligned(tensor)) ? place(source, offset) : undefined;
  writeLaidOut(model, path, files, { limit: workingLimit(files), placed });
}

/** Whether a weight lies in a file at a place where the runtime could not use it. */
export function isUnaligned(tensor: Tensor): boolean {
  const region = regionOf(tensor);
  return region !== undefined && !isAligned(region, tensor);
}

/** A place in a file of the job, for a model at `path`; undefined where the file cannot have its own name beside that. */
export function placesBeside(
  path: string,
  files: Files,
): (file: Pick<FileSource, 'path'>, offset: number) => Placement | undefined {
  const folder = files.directory(path);
  const found = new Map<string, boolean>();
  const isBeside = (file: string): boolean =>
    files.directory(file) === folder || files.link(file, files.join(folder, files.baseName(file)));
  return (file, offset) => {
    const beside = found.get(file.path) ?? isBeside(file.path);
    found.set(file.path, beside);
    return beside ? { location: files.baseName(file.path), offset } : undefined;
  };
}

/** The layout says what stays in the model file and what is found elsewhere. Gives what went to the file beside it. */
export function writeLaidOut(
  model: Model,
  path: string,
  files: Files,
  layout: Layout,
): readonly ExternalPart[] {
  const { external, stream } = layOut(model, path, files, layout);
  if (external) files.write(dataPath(path), external.stream());
  files.write(path, stream());
  return external?.parts ?? [];
}

/** Bytes that `writeModelFile` would write, the file beside the model included. */
export function modelFileBytes(model: Model, files: Files): number {
  const { byteLength, external } = layOut(model, 'model.onnx', files, {
    limit: files.inlineBytes ?? INLINE_BYTES,
  });
  return byteLength + (external?.byteLength ?? 0);
}

interface Layout {
  /** Bytes of weights up to which the model is one file. */
  readonly limit: number;
  readonly placed?: WriteOptions['placed'] | undefined;
}

function layOut(model: Model, path: string, files: Files, { limit, placed }: Layout): WrittenModel {
  const isPlaced = (tensor: Tensor): boolean => {
    const region = regionOf(tensor);
    return region !== undefined && !!placed?.(region, tensor);
  };
  const own = weightBytes(model, tensor => !isPlaced(tensor));
  const location = files.baseName(dataPath(path));
  return writeModel(model, {
    ...(own > limit && {
      externalData: { location, threshold: EXTERNAL_TENSOR_BYTES },
    }),
    ...(placed && { placed }),
  });
}

/**
 * Opens the files once; each call of what is returned gives a new graph over the same bytes. Of a large file of one
 * piece only the graph is held: its weights are found in it as if it were its own external data.
 */
export function openModelFile(path: string, files: Files): () => Model {
  const whole = files.source(path);
  const slim = whole.byteLength > workingLimit(files) ? slimModel(whole, files.baseName(path)) : undefined;
  const bytes = slim ?? files.read(path);
  const folder = files.directory(path);
  const opened = new Map<string, FileSource>();
  const externalFiles = {
    get(name: string): FileSource | undefined {
      const beside = files.join(folder, name);
      if (!opened.has(name) && files.exists(beside)) opened.set(name, files.source(beside));
      return opened.get(name);
    },
  };
  return () => readModel(bytes, { externalFiles });
}

export function readModelFile(path: string, files: Files): Model {
  return openModelFile(path, files)();
}

/** The file that the model was read from and the files its weights lie in. */
export function modelPaths(path: string, model: Model): ModelPaths {
  const data = new Set<string>();
  for (const tensor of initializers(model)) {
    const source = regionOf(tensor)?.source;
    if (source && isFileSource(source)) data.add(source.path);
  }
  data.delete(path);
  return [path, ...data];
}

/** The same model under another name, to be handed out. */
export function copyModelFile(from: string, to: string, files: Files): ModelPaths {
  const model = readModelFile(from, files);
  if (modelPaths(from, model).length > 1) return writeModelFile(model, to, files);
  files.copy(from, to);
  return [to];
}

/** Ends the name of every file that models of a job's folder keep weights in. */
export const DATA_SUFFIX = '.data';

export const dataPath = (path: string): string => `${path}${DATA_SUFFIX}`;

export function isFileSource(source: ByteSource): source is FileSource {
  return 'path' in source;
}

/** Bytes of the constants of all graphs, or of those that count. */
export function weightBytes(model: Model, counts: (tensor: Tensor) => boolean = () => true): number {
  let bytes = 0;
  for (const tensor of initializers(model)) if (counts(tensor)) bytes += tensor.byteLength;
  return bytes;
}

export function* initializers(model: Model): Generator<Tensor> {
  for (const graph of walkGraphs(model.graph))
    for (const value of graph.initializers) if (value.initializer) yield value.initializer;
}
