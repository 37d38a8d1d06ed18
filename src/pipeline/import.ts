/**
 * Stage "importing": the upload becomes a model that has been read, checked and written again by us, so that the
 * runtime only ever sees bytes that passed our limits.
 */
import { type EngineModel, HEAD_BYTES, type ModelSource } from '../core/importers/importer.ts';
import { importerFor } from '../core/importers/index.ts';
import { onnxImporter } from '../core/importers/onnx/index.ts';
import type { Model } from '../core/ir/model.ts';
import { validate } from '../core/ir/validate.ts';
import { slimModel } from '../core/onnx/slim.ts';
import { regionOf } from '../core/onnx/tensor-proto.ts';
import { IMPORT_PASSES } from '../core/passes/index.ts';
import { runPasses } from '../core/passes/pass.ts';
import { BitpressError } from '../errors.ts';
import type { FileSource, Files } from './ports.ts';
import {
  DATA_SUFFIX,
  readModelFile,
  weightBytes,
  workingLimit,
  writeWorkingFile,
} from './write-model-file.ts';

export interface ModelFile {
  /** Base name, as uploaded. */
  readonly name: string;
  readonly path: string;
}

export interface ImportedModel {
  readonly format: string;
  readonly name: string;
  readonly model: Model;
  /** What the user should know of it. */
  readonly notes: readonly string[];
  /** The upload for its own engine; undefined where that is onnxruntime. */
  readonly forEngine: (() => Promise<EngineModel>) | undefined;
  /** Bytes of the upload. */
  readonly bytes: number;
}

/** The weights of a large model stay in its file until somebody asks for one. */
function slimSource(whole: FileSource, source: ModelSource): ModelSource | undefined {
  let location = 'itself';
  while (source.companions.has(location)) location += '_';
  const bytes = slimModel(whole, location);
  return (
    bytes && { ...source, bytes: () => bytes, companions: new Map([...source.companions, [location, whole]]) }
  );
}

const MODEL_NAME = /\.(onnx|json)$/i;

/** Imports and writes. The model that is given back reads its weights from files where they are many. */
export async function importToFile(
  uploaded: readonly ModelFile[],
  path: string,
  files: Files,
): Promise<ImportedModel> {
  const imported = await importModel(uploaded, files, files.directory(path));
  writeWorkingFile(imported.model, path, files);
  const held = weightBytes(imported.model, tensor => !regionOf(tensor));
  return held <= workingLimit(files) ? imported : { ...imported, model: readModelFile(path, files) };
}

/**
 * @param workDir where models that the stages write find the files that came along, under names of ours; where it is
 *   left out the model is only looked at
 */
export async function importModel(
  uploaded: readonly ModelFile[],
  files: Files,
  workDir?: string,
): Promise<ImportedModel> {
  const main = uploaded.length === 1 ? uploaded[0] : uploaded.find(file => MODEL_NAME.test(file.name));
  if (!main)
    throw new BitpressError(
      'model_unreadable',
      'none of the uploaded files has a name that ends in .onnx or .json',
      {
        hint: 'Name the model file "….onnx" (or "model.json" for TensorFlow.js); the other files are its weights.',
      },
    );
  /** The file under a name of ours, where models of the work folder find it. */
  const placed = (path: string, name: string): FileSource => {
    if (workDir === undefined) return files.source(path);
    const beside = files.join(workDir, `${name}${DATA_SUFFIX}`);
    files.link(path, beside);
    return files.source(beside);
  };
  const others = uploaded.filter(file => file !== main);
  const companions = new Map(others.map(({ name, path }, index) => [name, placed(path, `upload-${index}`)]));
  const whole = files.source(main.path);
  const importer = importerFor(whole.read(0, Math.min(HEAD_BYTES, whole.byteLength)), main.name);
  const source = { name: main.name, bytes: () => files.read(main.path), companions };
  const slim =
    importer.id === onnxImporter.id && whole.byteLength > workingLimit(files)
      ? slimSource(placed(main.path, 'upload-model'), source)
      : undefined;
  const model = await importer.import(slim ?? source);
  validate(model);
  const notes = runPasses(model, IMPORT_PASSES.all);
  const { forEngine } = importer;
  return {
    format: importer.id,
    name: main.name,
    model,
    notes,
    forEngine: forEngine && (() => forEngine(source)),
    bytes: [...companions.values()].reduce((sum, { byteLength }) => sum + byteLength, whole.byteLength),
  };
}
