/** A predicted size is held against the file that the same method writes with real ranges, on trained models. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindDataset } from '../../src/core/data/bind.ts';
import { METHODS } from '../../src/core/quantization/methods/index.ts';
import { calibrate } from '../../src/pipeline/calibrate.ts';
import { predictArtifact } from '../../src/pipeline/predict.ts';
import { prepareOnce } from '../../src/pipeline/prepare-once.ts';
import type { PreparedModel } from '../../src/pipeline/prepared-model.ts';
import { quantizeTo } from '../../src/pipeline/quantize.ts';
import { signatureOf } from '../../src/pipeline/signature.ts';
import { readModelFile } from '../../src/pipeline/write-model-file.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { fixture, hasFixtures } from '../support/fixtures.ts';
import { localPorts } from '../support/local-ports.ts';

/** How far a prediction may be off. */
const TOLERANCE = 0.02;
const SAMPLES = 2;

describe.skipIf(!hasFixtures).each(['fashion_mbv2', 'fashion_vit'])('%s (needs fixtures)', name => {
  const importedPath = fixture(`zoo/${name}/model.onnx`);
  const imported = () => readModelFile(importedPath, jobFiles);
  let workDir: string;
  let prepare: (minOpset: number) => Promise<PreparedModel>;
  beforeAll(() => {
    workDir = mkdtempSync(join(tmpdir(), 'bitpress-predict-'));
    prepare = prepareOnce({ importedPath, workDir }, imported().opset, localPorts);
  });
  afterAll(() => rmSync(workDir, { recursive: true }));

  test.each(METHODS.ids)('%s', async id => {
    const method = METHODS.get(id)!;
    const prepared = await prepare(method.opset?.({}) ?? 0);
    const observers = method.observers({ model: prepared.fresh(), options: {}, released: new Map() });
    if (observers.size > 0) {
      const dataset = await jobFiles.openDataset(fixture(`zoo/${name}/calib.npz`), workDir);
      const { inputs, outputs } = await signatureOf(
        imported(),
        [],
        join(workDir, `${id}-probe.onnx`),
        localPorts,
      );
      const samples = bindDataset(dataset, inputs, outputs, { ignoreLabels: true });
      await calibrate(
        {
          ...{ prepared, observers, workDir },
          samples: { ...samples, count: SAMPLES },
          fileName: `${id}-calibration.onnx`,
        },
        localPorts,
      );
      dataset.close();
    }
    const path = join(workDir, `${id}.onnx`);
    const plan = quantizeTo(
      path,
      { prepared, method, options: {}, observers, released: new Map() },
      jobFiles,
    );
    const predicted = predictArtifact(prepared, method, {}, jobFiles);
    expect(Math.abs(predicted.bytes / statSync(path).size - 1)).toBeLessThan(TOLERANCE);
    const actions = (of: typeof plan) => [...of.nodes].map(([node, { action }]) => [node, action]);
    expect(actions(predicted.plan)).toEqual(actions(plan));
  });
});
