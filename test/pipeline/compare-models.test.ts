/** Against an independent evaluation of the same files in Python, where the fixtures are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelStatistics } from '../../src/core/ir/statistics.ts';
import { compareModels, type ModelFile } from '../../src/pipeline/compare-models.ts';
import { openDataset } from '../../src/platform/dataset/open-dataset.ts';
import { describeHost } from '../../src/platform/host.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import { fixture, hasFixtures } from '../support/fixtures.ts';

const statistics: ModelStatistics = { nodes: 0, parameters: 0, weightBytes: 0, operators: {} };
const file = (path: string): ModelFile => ({
  path: fixture(path),
  name: path,
  format: 'onnx',
  bytes: 1,
  compressedBytes: undefined,
  sha256: '0'.repeat(64),
  opset: 17,
  producer: '',
  statistics,
});
const deps = { runtime: ortRuntime, host: describeHost(), version: '0' };
const never = new AbortController().signal;

describe.skipIf(!hasFixtures)('compareModels (needs fixtures)', () => {
  it('finds a model equal to itself, and scores it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'bitpress-compare-'));
    const dataset = await openDataset(fixture('zoo/denoiser/eval.npz'), dir);
    const model = file('zoo/denoiser/model.onnx');
    const stages: string[] = [];
    const report = await compareModels(
      {
        reference: model,
        candidate: model,
        openData: async () => dataset,
        bind: { metric: 'psnr' },
        gates: { maxAccuracyDrop: 0 },
        measure: false,
      },
      deps,
      ({ stage, fraction }) => stages.push(`${stage} ${fraction}`),
      never,
    );
    expect(report.outputs).toEqual([
      expect.objectContaining({ name: 'denoised', sqnrDb: 300, sqnrDbUnoptimized: 300, maxAbsError: 0 }),
    ]);
    expect(report.models.artifact.score).toBeCloseTo(23.134491818063818, 4);
    expect(report.accuracy).toMatchObject({ metric: 'psnr', drop: 0, samples: 600 });
    expect(report.verdict).toBe('pass');
    expect(stages.at(-1)).toBe('verifying 1');
    dataset.close();
    rmSync(dir, { recursive: true });
  });

  it('runs on random samples without data, and says so', async () => {
    const model = file('micro/conv/model.onnx');
    const report = await compareModels(
      {
        reference: model,
        candidate: model,
        openData: async () => undefined,
        bind: {},
        gates: {},
        measure: true,
      },
      deps,
      () => {},
      never,
    );
    expect(report.comparedSamples).toBe(32);
    expect(report.warnings).toEqual(['Compared on 32 random samples: give --data for real ones.']);
    expect(report.benchmark!.threads).toBe(deps.host.cores);
    expect(report.models.artifact.latency!.p50Ms).toBeGreaterThan(0);
    expect(report.models.artifact.memory!.peakBytes).toBeGreaterThan(0);
  });

  it('refuses models with different outputs', async () => {
    const request = {
      reference: file('micro/conv/model.onnx'),
      candidate: file('micro/conv_TopK/model.onnx'),
      openData: async () => undefined,
      bind: {},
      gates: {},
      measure: false,
    };
    await expect(compareModels(request, deps, () => {}, never)).rejects.toMatchObject({
      code: 'model_unsupported',
    });
  });
});
