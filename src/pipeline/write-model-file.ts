/**
 * Models as files of the job's directory: `<name>.onnx`, and beside it `<name>.onnx.data` where the initializers would
 * not fit.
 *
 * Invariant: what is written by `writeModelFile` is read by `openModelFile`, whichever form it took; payloads of the file
 * beside the model are read when a tensor is asked for its bytes. Within the limit a model is one file, as ever.
 */
import type { Model } from '../core/ir/model.ts';
import { walkGraphs } from '../core/ir/walk.ts';
import { readModel } from '../core/onnx/read.ts';
import { type WrittenModel, writeModel } from '../core/onnx/write.ts';
import type { Files } from './ports.ts';

/**
 * Initializers up to this stay in the model file. A protobuf message ends at 2 GiB; a quarter is left for what lowering
 * and the runtime add to the graph.
 */
const INLINE_BYTES = 1.5 * 1024 ** 3;

/** Tensors below this stay in the model: shapes and scales, which shape inference wants to see. As onnx's own helper. */
const EXTERNAL_TENSOR_BYTES = 1024;

export type ModelPaths = readonly [model: string, ...data: string[]];

export function writeModelFile(model: Model, path: string, files: Files): ModelPaths {
  const written = layOut(model, files.baseName(dataPath(path)), files);
  if (written.external) files.write(dataPath(path), written.external.chunks());
  files.write(path, written.chunks);
  return modelPaths(path, files);
}

/** Bytes that `writeModelFile` would write, the file beside the model included. */
export function modelFileBytes(model: Model, files: Files): number {
  const { chunks, external } = layOut(model, 'model.onnx.data', files);
  return chunks.reduce((sum, { byteLength }) => sum + byteLength, external?.byteLength ?? 0);
}

function layOut(model: Model, location: string, files: Files): WrittenModel {
  const large = initializerBytes(model) > (files.inlineBytes ?? INLINE_BYTES);
  return writeModel(model, large ? { externalData: { location, threshold: EXTERNAL_TENSOR_BYTES } } : {});
}

/** Opens the files once; each call of what is returned gives a new graph over the same bytes. */
export function openModelFile(path: string, files: Files): () => Model {
  const bytes = files.read(path);
  const externalFiles = new Map(
    modelPaths(path, files)
      .slice(1)
      .map(data => [files.baseName(data), files.source(data)]),
  );
  return () => readModel(bytes, { externalFiles });
}

export function readModelFile(path: string, files: Files): Model {
  return openModelFile(path, files)();
}

/** Whether the model's weights lie in a file beside it, so that no single file could hold it whole. */
export function isSplit(path: string, files: Files): boolean {
  return files.exists(dataPath(path));
}

export function modelPaths(path: string, files: Files): ModelPaths {
  return isSplit(path, files) ? [path, dataPath(path)] : [path];
}

/** The same model under another name. The name of the data stands in the model, so that a split one is written anew. */
export function copyModelFile(from: string, to: string, files: Files): ModelPaths {
  if (isSplit(from, files)) return writeModelFile(readModelFile(from, files), to, files);
  files.write(to, [files.read(from)]);
  return [to];
}

const dataPath = (path: string): string => `${path}.data`;

function initializerBytes(model: Model): number {
  let bytes = 0;
  for (const graph of walkGraphs(model.graph))
    for (const value of graph.initializers) bytes += value.initializer?.byteLength ?? 0;
  return bytes;
}
