/** Which models other threads may open. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeModel } from '../../../src/core/onnx/write.ts';
import { inPieces } from '../../../src/pipeline/pieces/in-pieces.ts';
import type { SampleThread, SampleThreads } from '../../../src/pipeline/ports.ts';
import { overWorkingFiles } from '../../../src/pipeline/runnable.ts';
import { localPorts } from '../../support/local-ports.ts';
import { buildModel, noiseTensor } from '../../support/model-builder.ts';

const directory = mkdtempSync(join(tmpdir(), 'bitpress-threads-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const WEIGHT_BYTES = 4 * 16 * 16;
const path = join(directory, 'model.onnx');
const model = buildModel({
  inputs: { x: ['float32', ['N', 16]] },
  initializers: { w: noiseTensor([16, 16], 1) },
  nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
  outputs: { y: ['float32', ['N', 16]] },
});
writeFileSync(path, Buffer.concat([...writeModel(model).chunks]));

const thread: SampleThread = {
  given: 0,
  done: 0,
  failed: false,
  give: () => {},
  end: async () => undefined,
  close: () => {},
};

test.each([
  ['as a whole: opened there too', WEIGHT_BYTES, [path]],
  ['in pieces: in this thread only', WEIGHT_BYTES - 1, []],
])('a model that is loaded %s', (_, whole, expected) => {
  const opened: string[] = [];
  const sampleThreads: SampleThreads = {
    most: 1,
    memoryBytes: 2 ** 33,
    leastWork: 0,
    warm: () => {},
    open({ shown }) {
      opened.push(shown.path);
      return thread;
    },
  };
  const loadLimits = { whole, piece: whole, spill: 2 ** 20 };
  const ports = inPieces(overWorkingFiles({ ...localPorts, sampleThreads, loadLimits }));
  const shown = { path, fetched: ['y'], elements: [], extents: [], bytes: { weights: 0, values: 0 } };
  const claims = new Int32Array(new SharedArrayBuffer(4));
  const got = ports.sampleThreads?.open({ shown, kinds: [], claims }, { threads: 1 });
  expect(got !== undefined).toBe(expected.length > 0);
  expect(opened).toEqual(expected);
});
