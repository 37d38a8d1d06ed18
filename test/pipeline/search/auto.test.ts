/** `auto` as a whole job on a small network: real runtime, every candidate verified, the winner handed out. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSpec } from '../../../src/contracts/parse-spec.ts';
import { writeModel } from '../../../src/core/onnx/write.ts';
import type { Ports } from '../../../src/pipeline/ports.ts';
import { renderHtml } from '../../../src/pipeline/render/html/page.ts';
import { renderMarkdown } from '../../../src/pipeline/render/markdown.ts';
import { renderTerminal } from '../../../src/pipeline/render/terminal.ts';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { localPorts } from '../../support/local-ports.ts';
import { buildModel, tensor } from '../../support/model-builder.ts';
import { bytesOf, npy } from '../../support/npz.ts';
import { normal } from '../../support/seeded.ts';

const matrix = (rows: number, columns: number, seed: number) =>
  tensor(
    'float32',
    [rows, columns],
    [...normal(rows * columns, seed)].map(w => w / Math.sqrt(rows)),
  );

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-auto-'));
  const model = buildModel({
    opset: 21,
    inputs: { x: ['float32', ['N', 64]] },
    initializers: { w1: matrix(64, 96, 1), w2: matrix(96, 32, 2) },
    nodes: [
      { op: 'MatMul', name: 'first', in: ['x', 'w1'], out: ['h'] },
      { op: 'Relu', name: 'relu', in: ['h'], out: ['r'] },
      { op: 'MatMul', name: 'second', in: ['r', 'w2'], out: ['y'] },
    ],
    outputs: { y: ['float32', ['N', 32]] },
  });
  writeFileSync(join(root, 'model.onnx'), Buffer.concat(writeModel(model).chunks));
  writeFileSync(join(root, 'calib.npy'), npy('<f4', [24, 64], bytesOf(normal(24 * 64, 3))));
});
afterAll(() => rmSync(root, { recursive: true }));

async function run(spec: object, host: Partial<Ports['host']> = {}) {
  const workDir = mkdtempSync(join(root, 'work-'));
  const outDir = join(workDir, 'out');
  mkdirSync(outDir);
  const messages: string[] = [];
  const outcome = await runJob(
    {
      modelFiles: [{ name: 'model.onnx', path: join(root, 'model.onnx') }],
      calibration: join(root, 'calib.npy'),
      spec: parseSpec({ calibration: 'c'.repeat(64), benchmark: false, ...spec }),
      ...{ workDir, outDir },
      provenance: { model: 'a'.repeat(64) },
    },
    {
      ...localPorts,
      host: { ...localPorts.host, ...host },
      progress: ({ message }) => void (message !== undefined && messages.push(message)),
    },
  );
  return { ...outcome, workDir, outDir, messages, search: outcome.report.search! };
}

test('the smallest candidate that holds the gates is handed out', async () => {
  const { report, search, outDir, workDir, messages } = await run({
    method: { type: 'auto', prefer: 'size' },
    gates: { minSqnrDb: 30 },
  });
  const tried = search.trials.filter(({ bytes }) => bytes !== undefined);
  const held = tried.filter(({ missed }) => missed!.length === 0);
  const chosen = search.trials.find(({ outcome }) => outcome === 'chosen')!;
  expect(tried.length).toBeGreaterThanOrEqual(5);
  expect(held.length).toBeGreaterThanOrEqual(2);
  // Sizes within a percent are the same size.
  expect(chosen.bytes).toBeLessThanOrEqual(1.01 * Math.min(...held.map(({ bytes }) => bytes!)));
  expect(chosen.minSqnrDb).toBeGreaterThanOrEqual(30);
  // What was chosen is what the report is about and what lies in the folder.
  expect(report.method.id).toBe(chosen.method);
  expect(report.comparison.minSqnrDb).toBe(chosen.minSqnrDb);
  expect(statSync(join(outDir, 'model.onnx')).size).toBe(chosen.bytes);
  expect(chosen.onFront).toBe(true);
  // Losers are gone from the disk.
  expect(readdirSync(workDir).filter(name => name.startsWith('trial-')).length).toBe(1);
  expect(messages.some(message => /^trial 2 of \d, /.test(message))).toBe(true);
  for (const page of [renderMarkdown(report), renderHtml(report), renderTerminal(report)]) {
    expect(page).toContain('candidates tried');
    expect(page).toContain('weight-only-int4');
  }
});

test('a target decides what is tried; trials are bounded', async () => {
  const { search, report } = await run({
    method: { type: 'auto', maxTrials: 3 },
    target: 'tensorrt',
    repair: false,
  });
  expect(search.prefer).toBe('size');
  expect(search.trials.map(({ method, outcome }) => [method, outcome])).toEqual([
    ['static-int8', 'chosen'],
    ['dynamic-int8', 'failed'],
    ['weight-only-int8', 'failed'],
  ]);
  expect(search.trials[1]!.problem).toContain('target "tensorrt" does not run "dynamic-int8"');
  expect(search.untried.length).toBeGreaterThan(0);
  expect(report.method.options).toMatchObject({ activation: 'int8', symmetricActivation: true });
});

test('no trial is begun that would end after the time', async () => {
  let now = 0;
  // Every look at the clock takes two seconds.
  const { search } = await run(
    { method: { type: 'auto', methods: ['float16', 'dynamic-int8'], maxSeconds: 10 } },
    {
      now: () => {
        now += 2_000;
        return now;
      },
    },
  );
  expect(search.trials.length).toBe(1);
  expect(search.untried.length).toBe(1);
});

test('where nothing can be made the reasons are told', async () => {
  await expect(
    run({ method: { type: 'auto', methods: ['dynamic-int8', 'weight-only-int4'] }, target: 'qnn' }),
  ).rejects.toMatchObject({ code: 'nothing_quantized', message: expect.stringContaining('MatMulNBits') });
});
