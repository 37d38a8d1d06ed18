/** The check of a conversion on the engine that the model comes from. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { syntheticSamples } from '../../src/core/data/synthetic.ts';
import { tensorOf } from '../../src/core/tensor/tensor.ts';
import { toFloat32 } from '../../src/core/tensor/to-float32.ts';
import type { ImportedModel } from '../../src/pipeline/import.ts';
import { importModel } from '../../src/pipeline/import.ts';
import type { Ports } from '../../src/pipeline/ports.ts';
import { checkSource } from '../../src/pipeline/source-check.ts';
import { writeModelFile } from '../../src/pipeline/write-model-file.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import { tfjsRuntime } from '../../src/platform/tfjs-runtime.ts';
import { localPorts } from '../support/local-ports.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/keras/', import.meta.url));
const installed = tfjsRuntime.version !== 'not installed';
const directory = mkdtempSync(join(tmpdir(), 'bitpress-source-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ports: Ports = { ...localPorts, sourceRuntime: tfjsRuntime };

async function check(
  file: string,
  change: (imported: ImportedModel) => void = () => undefined,
  given = ports,
) {
  const workDir = mkdtempSync(join(directory, 'job-'));
  mkdirSync(workDir, { recursive: true });
  const imported = await importModel([{ name: file, path: FOLDER + file }], jobFiles);
  change(imported);
  const importedPath = join(workDir, 'imported.onnx');
  writeModelFile(imported.model, importedPath, jobFiles);
  const session = await ortRuntime.open(importedPath, { optimization: 'off' });
  const { inputs } = session;
  await session.close();
  const verification = syntheticSamples(inputs, 3);
  const samples = {
    calibration: undefined,
    observed: undefined,
    synthetic: true,
    verification,
    scoring: undefined,
    warnings: [],
    close: () => undefined,
  };
  return checkSource({ imported, importedPath, inputs, samples, workDir }, given);
}

describe.skipIf(!installed)('the check on the own engine (needs TensorFlow.js)', () => {
  test('gives the figures of the source', async () => {
    const { evidence, warnings, path } = (await check('unet.keras'))!;
    expect(warnings).toEqual([]);
    expect(path).toBeDefined();
    expect(evidence).toMatchObject({
      engine: expect.stringContaining('TensorFlow.js'),
      statistics: {
        operators: { Conv2D: 3, Conv2DTranspose: 1, Concatenate: 1, MaxPooling2D: 1, UpSampling2D: 1 },
      },
    });
  });

  test('withholds a conversion that computes something else', async () => {
    const halve = ({ model }: ImportedModel) => {
      const kernel = model.graph.initializers.find(value => value.name.endsWith('kernel'))!;
      const tensor = kernel.initializer!;
      kernel.initializer = tensorOf(
        'float32',
        tensor.dims,
        toFloat32(tensor).map(value => value / 2),
      );
    };
    await expect(check('unet.keras', halve)).rejects.toMatchObject({
      code: 'conversion_differs',
      message: expect.stringContaining('output "conv2d'),
    });
  });

  test('says why there is none', async () => {
    const { warnings, evidence } = (await check('masks.h5'))!;
    expect(evidence).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('TensorFlow.js does not have')]);
  });
});

test('says so where the engine is not installed', async () => {
  const { sourceRuntime: _, ...without } = ports;
  expect((await check('unet.keras', undefined, without))!.warnings).toEqual([
    expect.stringContaining('not there'),
  ]);
});
