/**
 * Two models and the data as they lie in files: both come in as the model of a job does, so that what a job reads,
 * mends or refuses is read, mended or refused here.
 */
import type { Report } from '../contracts/report.ts';
import type { BindOptions } from '../core/data/bind.ts';
import type { Dataset } from '../core/data/dataset.ts';
import { modelStatistics } from '../core/ir/statistics.ts';
import { compareModels, type ModelFile } from './compare-models.ts';
import { type ModelFile as GivenFile, importToFile } from './import.ts';
import type { Ports, SessionValue } from './ports.ts';
import { overWorkingFiles } from './runnable.ts';
import type { Gates } from './stage-results.ts';

export interface GivenModel {
  /** As it is shown. */
  readonly name: string;
  /** The model, then its external data. */
  readonly files: readonly [GivenFile, ...GivenFile[]];
}

export interface CompareFilesRequest {
  readonly reference: GivenModel;
  readonly candidate: GivenModel;
  /** Path of a dataset; random samples where it is left out. */
  readonly data?: string;
  readonly bind: BindOptions;
  readonly gates: Gates;
  readonly measure: boolean;
  readonly workDir: string;
  /** For provenance: the version of the engine. */
  readonly version: string;
}

export async function compareFiles(request: CompareFilesRequest, given: Ports): Promise<Report> {
  const ports = overWorkingFiles(given);
  const { files, progress, signal } = ports;
  const { workDir, data, bind, gates, measure } = request;
  const bring = (model: GivenModel, folder: string): Promise<ModelFile> =>
    bringIn(model, files.makeFolder(workDir, folder), ports);
  const reference = await bring(request.reference, 'reference');
  const candidate = await bring(request.candidate, 'candidate');
  let opened: Dataset | undefined;
  const openData = async (inputs: readonly SessionValue[]): Promise<Dataset | undefined> => {
    if (data === undefined) return undefined;
    opened = await files.openDataset(data, workDir, {
      inputs,
      ...(bind.preprocess && { preprocess: bind.preprocess }),
    });
    return opened;
  };
  try {
    const { runtime, host } = ports;
    const deps = { runtime, host, version: request.version };
    return await compareModels(
      { reference, candidate, openData, bind, gates, measure },
      deps,
      progress,
      signal,
    );
  } finally {
    opened?.close();
  }
}

async function bringIn({ name, files: given }: GivenModel, folder: string, ports: Ports): Promise<ModelFile> {
  const { files } = ports;
  const path = files.join(folder, 'model.onnx');
  const { model, format } = await importToFile(given, path, files);
  const [main, ...others] = given.map(file => file.path);
  return {
    path,
    name,
    format,
    ...(await files.measure([main!, ...others])),
    opset: model.opset,
    producer: model.producerName,
    statistics: modelStatistics(model),
  };
}
