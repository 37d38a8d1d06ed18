/** What each method, with its default options, would make of a model: sizes and node counts, without data or runs. */
import type { MethodOutlook } from '../contracts/preview.ts';
import { METHODS } from '../core/quantization/methods/index.ts';
import { isBitpressError } from '../errors.ts';
import { importToFile, type ModelFile } from './import.ts';
import { nodeOutcomes } from './node-outcomes.ts';
import type { Ports } from './ports.ts';
import { predictArtifact } from './predict.ts';
import { prepareOnce } from './prepare-once.ts';
import { previewOf } from './preview-of.ts';
import { refuseNothingQuantized } from './produce.ts';
import { refuseQuantized } from './refuse-quantized.ts';
import { modelFileBytes } from './write-model-file.ts';

export interface MethodsRequest {
  readonly modelFiles: readonly ModelFile[];
  readonly workDir: string;
}

/** @throws BitpressError for a model that no method takes */
export async function previewMethods(
  { modelFiles, workDir }: MethodsRequest,
  ports: Ports,
): Promise<readonly MethodOutlook[]> {
  const { files } = ports;
  const importedPath = files.join(workDir, 'imported.onnx');
  const { model } = await importToFile(modelFiles, importedPath, files);
  refuseQuantized(model);
  const fileBytes = modelFileBytes(model, files);
  const prepare = prepareOnce({ importedPath, workDir }, model.opset, ports);
  const found: MethodOutlook[] = [];
  for (const method of METHODS.all) {
    const { id, title } = method;
    try {
      const prepared = await prepare(method.opset?.({}) ?? 0);
      const prediction = predictArtifact(prepared, method, {}, files);
      refuseNothingQuantized(method, prediction.plan);
      const outcomes = nodeOutcomes(prepared.fresh(), prediction.plan);
      found.push(previewOf(method, {}, prediction, outcomes, fileBytes));
    } catch (error) {
      if (!isBitpressError(error)) throw error;
      found.push({ id, title, problem: error.message });
    }
  }
  return found;
}
