/**
 * Working models over an upload, some of whose weights begin where no float may. onnxruntime is the judge: it must compute
 * from what it gets the same bits as from the upload.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { regionOf } from '../../src/core/onnx/tensor-proto.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { type AlignedWeights, alignedFile } from '../../src/pipeline/aligned-file.ts';
import type { Files } from '../../src/pipeline/ports.ts';
import {
  initializers,
  isFileSource,
  isUnaligned,
  readModelFile,
  writeModelFile,
  writeWorkingFile,
} from '../../src/pipeline/write-model-file.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import { buildModel, noise, noiseTensor } from '../support/model-builder.ts';

/** Weights of more than this are shared by the stages, unaligned ones of less are written into each model. */
const sharing: Files = { ...jobFiles, workingInlineBytes: 75_000 };
const WIDTH = 144;
/** 82,944 bytes, and 69,120: both are found in the upload rather than read with its graph. */
const [MANY, FEW] = [WIDTH, 120];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitpress-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** An upload of two layers whose weights lie as they are asked to: names of other lengths move them. */
function upload(unaligned: { readonly many: boolean; readonly few: boolean }): string {
  const path = join(directory, 'upload.onnx');
  for (let padding = 1; padding <= 64; padding++) {
    const last = `v${'_'.repeat(Math.floor(padding / 8))}`;
    const model = buildModel({
      name: 'g'.repeat(1 + (padding % 8)),
      inputs: { x: ['float32', [2, WIDTH]] },
      initializers: { w: noiseTensor([WIDTH, MANY], 1), [last]: noiseTensor([MANY, FEW], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
        { op: 'MatMul', in: ['h', last], out: ['y'] },
      ],
      outputs: { y: ['float32', [2, FEW]] },
    });
    rmSync(path, { force: true });
    writeModelFile(model, path, jobFiles);
    const [many, few] = [...initializers(readModelFile(path, sharing))];
    if (isUnaligned(many!) === unaligned.many && isUnaligned(few!) === unaligned.few) return path;
  }
  throw new Error('no padding brings the weights there');
}

function working(from: string, name: string): string {
  const path = join(directory, name);
  writeWorkingFile(readModelFile(from, sharing), path, sharing);
  return path;
}

/** Undefined for what is read with the model. */
const fileOf = (tensor: Tensor): string | undefined => {
  const source = regionOf(tensor)?.source;
  return source && isFileSource(source) ? source.path : undefined;
};

const filesOf = (path: string): readonly (string | undefined)[] =>
  [...initializers(readModelFile(path, sharing))].map(fileOf);

async function outputOf(path: string): Promise<Float32Array> {
  const session = await ortRuntime.open(path, { optimization: 'off' });
  try {
    const x = { dtype: 'float32', dims: [2, WIDTH], data: Float32Array.from(noise(2 * WIDTH, 9)) } as const;
    return (await session.run({ x })).y!.data as Float32Array;
  } finally {
    await session.close();
  }
}

test('weights that lie aligned stay in the upload, and the model needs no twin', async () => {
  const from = upload({ many: false, few: false });
  const path = working(from, 'a.onnx');
  expect(filesOf(path)).toEqual([from, from]);
  expect(alignedFile(path, new Map(), sharing)).toBe(path);
  expect(await outputOf(path)).toEqual(await outputOf(from));
});

test('few that do not are written into the model, which needs no twin either', async () => {
  const from = upload({ many: false, few: true });
  const path = working(from, 'a.onnx');
  expect(filesOf(path)).toEqual([from, undefined]);
  expect(alignedFile(path, new Map(), sharing)).toBe(path);
  expect(existsSync(`${path}.aligned`)).toBe(false);
  expect(await outputOf(path)).toEqual(await outputOf(from));
});

test('many are written once, beside the first twin that needs them', async () => {
  const from = upload({ many: true, few: false });
  const [first, second] = [working(from, 'a.onnx'), working(from, 'b.onnx')];
  expect(filesOf(first)).toEqual([from, from]);
  const known: AlignedWeights = new Map();
  const [twin, other] = [alignedFile(first, known, sharing), alignedFile(second, known, sharing)];
  expect([twin, other]).toEqual([`${first}.aligned`, `${second}.aligned`]);
  expect(filesOf(twin)).toEqual([`${twin}.data`, from]);
  expect(filesOf(other)).toEqual([`${twin}.data`, from]);
  expect([...initializers(readModelFile(other, sharing))].some(isUnaligned)).toBe(false);
  const expected = await outputOf(from);
  expect(await outputOf(twin)).toEqual(expected);
  expect(await outputOf(other)).toEqual(expected);
});
