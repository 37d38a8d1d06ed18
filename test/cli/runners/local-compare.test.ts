/** Two models through the real sandbox. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localCompare } from '../../../src/cli/runners/local-compare.ts';
import { childEntry } from '../../../src/platform/child-entry.ts';
import { buildModel, noiseTensor } from '../../support/model-builder.ts';
import { bytesOf } from '../../support/run-bytes.ts';

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/fashion-mbv2/${name}`, import.meta.url));
const compare = localCompare(childEntry('sandbox'));
const never = new AbortController().signal;
const spec = { benchmark: false };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-local-compare-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** onnxruntime ends the process that loads it. */
const deadly = () =>
  bytesOf(
    buildModel({
      opset: 17,
      inputs: { x: ['float32', [1, 2, 6, 6]] },
      initializers: { w: noiseTensor([2, 2, 3, 3], 7) },
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['c'] },
        { op: 'Split', in: ['c'], out: ['y', ''], attrs: { axis: 1 } },
      ],
      outputs: { y: ['float32', [1, 1, 4, 4]] },
    }),
  );

describe('localCompare', () => {
  it('mends a model before the runtime sees it, as a job does', async () => {
    const path = join(dir, 'deadly.onnx');
    writeFileSync(path, deadly());
    const report = await compare(
      { reference: path, candidate: path, data: undefined, spec },
      () => {},
      never,
    );
    expect(report.outputs).toEqual([expect.objectContaining({ name: 'y', maxAbsError: 0 })]);
    expect(report.warnings).toEqual(['Compared on 32 random samples: give --data for real ones.']);
  });

  it('scores on data, and names the models as the user does', async () => {
    const input = {
      reference: example('model.onnx'),
      candidate: example('model.onnx'),
      data: example('eval.npz'),
      spec: { ...spec, gates: { maxAccuracyDrop: 0 } },
    };
    const stages = new Set<string>();
    const report = await compare(input, ({ stage }) => stages.add(stage), never);
    expect(report.model).toMatchObject({ name: 'fashion-mbv2/model.onnx', format: 'onnx', opset: 17 });
    expect(report.models.reference).toMatchObject({ fileBytes: 721_128 });
    expect(report.accuracy).toMatchObject({ metric: 'top1', drop: 0 });
    expect(report.verdict).toBe('pass');
    expect([...stages]).toContain('verifying');
  });

  it('names what is wrong with a file', async () => {
    const broken = join(dir, 'broken.onnx');
    writeFileSync(broken, 'nothing of the kind');
    const input = { reference: example('model.onnx'), candidate: broken, data: undefined, spec };
    await expect(compare(input, () => {}, never)).rejects.toMatchObject({ code: 'model_unreadable' });
    const absent = { ...input, candidate: join(dir, 'absent.onnx') };
    await expect(compare(absent, () => {}, never)).rejects.toMatchObject({ code: 'file_unreadable' });
  });
});
