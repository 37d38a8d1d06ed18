import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeModel } from '../../src/core/onnx/write.ts';
import { otherMethods } from '../../src/pipeline/other-methods.ts';
import { prepareOnce } from '../../src/pipeline/prepare-once.ts';
import { localPorts } from '../support/local-ports.ts';
import { buildModel, type ModelSpec, tensor } from '../support/model-builder.ts';
import { normal } from '../support/seeded.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-others-'));
});
afterAll(() => rmSync(root, { recursive: true }));

async function othersFor(spec: ModelSpec): Promise<readonly string[]> {
  const workDir = mkdtempSync(join(root, 'work-'));
  const importedPath = join(workDir, 'imported.onnx');
  writeFileSync(importedPath, Buffer.concat(writeModel(buildModel(spec)).chunks));
  const prepare = prepareOnce({ importedPath, workDir }, spec.opset ?? 0, localPorts);
  return otherMethods({ than: 'static-int8', prepare });
}

const weights = (dims: readonly number[]) =>
  tensor('float32', dims, [
    ...normal(
      dims.reduce((a, b) => a * b),
      1,
    ),
  ]);

test('convolutions alone: no other method has anything to do', async () => {
  const others = await othersFor({
    opset: 17,
    inputs: { x: ['float32', [1, 8, 6, 6]] },
    initializers: { w: weights([16, 8, 3, 3]) },
    nodes: [{ op: 'Conv', name: 'conv', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float32', [1, 16, 4, 4]] },
  });
  expect(others).toEqual([]);
});

test('matrices: every method of fewer bits but the one that was used', async () => {
  const others = await othersFor({
    opset: 17,
    inputs: { x: ['float32', [1, 64]] },
    initializers: { w: weights([64, 64]) },
    nodes: [{ op: 'MatMul', name: 'product', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float32', [1, 64]] },
  });
  expect(others).toEqual(['dynamic-int8', 'weight-only-int4', 'weight-only-int8']);
});
