/**
 * Compares two models in this process: they are the user's own, and nothing of them is handed out.
 *
 * The runtime is loaded when the first comparison starts, so that no other command pays for it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseSpec } from '../../contracts/parse-spec.ts';
import { modelStatistics } from '../../core/ir/statistics.ts';
import { readModel } from '../../core/onnx/read.ts';
import { BitpressError } from '../../errors.ts';
import { compareModels, type ModelFile } from '../../pipeline/compare-models.ts';
import { openDataset } from '../../platform/dataset/open-dataset.ts';
import { describeHost } from '../../platform/host.ts';
import { jobFiles } from '../../platform/job-files.ts';
import { measureFile } from '../../platform/measure-file.ts';
import { ENGINE_VERSION } from '../../version.ts';
import type { CompareDeps } from '../commands/compare.ts';

export const localCompare: CompareDeps['compare'] = async (input, progress, signal) => {
  const { ortRuntime } = await import('../../platform/ort-runtime.ts');
  // The method does not matter here, and a spec has one.
  const spec = parseSpec({ ...input.spec, method: 'convert' });
  const reference = await describe(input.reference);
  const candidate = await describe(input.candidate);
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-compare-'));
  const dataset = input.data === undefined ? undefined : await openDataset(input.data, directory);
  try {
    return await compareModels(
      {
        reference,
        candidate,
        dataset,
        bind: {
          ...(spec.preprocess && { preprocess: spec.preprocess }),
          ...(spec.metric !== undefined && { metric: spec.metric }),
        },
        gates: spec.gates ?? {},
        measure: spec.benchmark,
      },
      { runtime: ortRuntime, host: describeHost(), version: ENGINE_VERSION },
      progress,
      signal,
    );
  } finally {
    dataset?.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

async function describe(path: string): Promise<ModelFile> {
  if (!existsSync(path)) throw new BitpressError('file_unreadable', `there is no file ${path}`);
  const beside = [`${path}.data`, `${path}_data`].filter(each => existsSync(each));
  const externalFiles = new Map(beside.map(each => [basename(each), jobFiles.source(each)]));
  const model = readModel(readFileSync(path), { externalFiles });
  const { bytes, compressedBytes, sha256 } = await measureFile([path, ...beside]);
  return {
    path,
    name: join(basename(dirname(path)), basename(path)).replace(/^\.\//, ''),
    bytes,
    compressedBytes,
    sha256,
    opset: model.opset,
    producer: model.producerName,
    statistics: modelStatistics(model),
  };
}
