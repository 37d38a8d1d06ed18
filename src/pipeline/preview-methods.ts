/** What each method, with its default options, would make of a model: sizes and node counts, without data or runs. */
import type { MethodOutlook } from '../contracts/preview.ts';
import { METHODS } from '../core/quantization/methods/index.ts';
import { importToFile, type ModelFile } from './import.ts';
import type { Ports } from './ports.ts';
import { prepareOnce } from './prepare-once.ts';
import { outlookOf } from './preview-candidates.ts';
import { refuseQuantized } from './refuse-quantized.ts';
import { overWorkingFiles } from './runnable.ts';
import { modelFileBytes } from './write-model-file.ts';

export interface MethodsRequest {
  readonly modelFiles: readonly ModelFile[];
  readonly workDir: string;
}

/** @throws BitpressError for a model that no method takes */
export async function previewMethods(
  { modelFiles, workDir }: MethodsRequest,
  given: Ports,
): Promise<readonly MethodOutlook[]> {
  const ports = overWorkingFiles(given);
  const { files } = ports;
  const importedPath = files.join(workDir, 'imported.onnx');
  const { model } = await importToFile(modelFiles, importedPath, files);
  refuseQuantized(model);
  const fileBytes = modelFileBytes(model, files);
  const prepare = prepareOnce({ importedPath, workDir }, model.opset, ports);
  const found: MethodOutlook[] = [];
  for (const method of METHODS.all)
    found.push((await outlookOf(method, () => ({}), { prepare, fileBytes, files })).outlook);
  return found;
}
