/** Archives of images and of ONNX test data, against what Pillow and onnx read from them (test/fixtures/images/make.py). */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindDataset } from '../../../src/core/data/bind.ts';
import type { Dataset, DatasetUse } from '../../../src/core/data/dataset.ts';
import type { Resize } from '../../../src/core/data/preprocess.ts';
import type { Dim } from '../../../src/core/ir/value.ts';
import { DATASET_LIMITS } from '../../../src/platform/dataset/limits.ts';
import { describeDataset, openDataset } from '../../../src/platform/dataset/open-dataset.ts';
import { zip } from '../../support/npz.ts';

const fixture = (name: string) => join('test/fixtures/images', name);
let dir: string;
let truth: Dataset;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-images-'));
  truth = await openDataset(fixture('images.npz'), dir);
});
afterAll(() => {
  truth?.close();
  rmSync(dir, { recursive: true });
});

const all = (dataset: Dataset, name: string) => {
  const array = dataset.arrays.find(each => each.name === name)!;
  return Array.from(
    array.read(
      0,
      array.shape.reduce((a, b) => a * b, 1),
    ) as Uint8Array,
    Number,
  );
};
const takes = (dims: readonly Dim[], resize?: Resize): DatasetUse => ({
  inputs: [{ name: 'pixels', dtype: 'float32', dims }],
  preprocess: { pixels: { scale: 1 / 255, ...(resize !== undefined && { resize }) } },
});
async function read(use: DatasetUse | undefined, file = fixture('images.zip')) {
  const dataset = await openDataset(file, dir, use);
  const image = dataset.arrays[0]!;
  const result = { shape: image.shape, image: all(dataset, 'image'), classes: all(dataset, 'y') };
  dataset.close();
  return result;
}
const worst = (got: readonly number[], wanted: readonly number[]) =>
  got.reduce((most, value, index) => Math.max(most, Math.abs(value - wanted[index]!)), 0);
const mean = (got: readonly number[], wanted: readonly number[]) =>
  got.reduce((sum, value, index) => sum + Math.abs(value - wanted[index]!), 0) / got.length;

describe('images', () => {
  test('as Pillow decodes them: PNG with and without colour, palette and transparency, JPEG, WebP', async () => {
    const { shape, image, classes } = await read(takes(['N', 36, 48, 3]));
    expect(shape).toEqual([6, 36, 48, 3]);
    // Two JPEG decoders may differ by a level.
    expect(worst(image, all(truth, 'rgb'))).toBeLessThanOrEqual(1);
    expect(mean(image, all(truth, 'rgb'))).toBeLessThan(0.01);
    expect(classes).toEqual(all(truth, 'y'));
  });

  test('in one channel, channels first or last', async () => {
    for (const dims of [
      ['N', 1, 36, 48],
      [1, 36, 48, 1],
    ]) {
      const { shape, image } = await read(takes(dims));
      expect(shape.slice(1)).toEqual(dims.slice(1));
      expect(worst(image, all(truth, 'grey'))).toBeLessThanOrEqual(1);
    }
  });

  test('channels first', async () => {
    const { shape, image } = await read(takes(['N', 3, 36, 48]));
    expect(shape).toEqual([6, 3, 36, 48]);
    const wanted = all(truth, 'rgb');
    const moved = image.map((_, index) => {
      const [sample, within] = [Math.floor(index / 5184), index % 5184];
      return wanted[sample * 5184 + (within % 1728) * 3 + Math.floor(within / 1728)]!;
    });
    expect(worst(image, moved)).toBeLessThanOrEqual(1);
  });

  test.each([
    ['cropped', { shorterSide: 20 }, 16],
    ['stretched', 'stretch', 24],
  ] as const)('%s, close to Pillow', async (name, resize, side) => {
    const { shape, image } = await read(takes(['N', side, side, 3], resize));
    expect(shape).toEqual([6, side, side, 3]);
    expect(mean(image, all(truth, name))).toBeLessThan(0.3);
    expect(worst(image, all(truth, name))).toBeLessThanOrEqual(2);
  });

  test('cover fills the input, and without a word on it another size is refused', async () => {
    expect((await read(takes(['N', 3, 40, 40], 'cover'))).shape).toEqual([6, 3, 40, 40]);
    const refused = openDataset(fixture('images.zip'), dir, takes(['N', 3, 40, 40]));
    await expect(refused).rejects.toMatchObject({
      code: 'dataset_mismatch',
      message: expect.stringContaining('48x36'),
      hint: expect.stringContaining('resize'),
    });
    await expect(
      openDataset(fixture('images.zip'), dir, takes(['N', 3, 40, 40], { shorterSide: 30 })),
    ).rejects.toMatchObject({ code: 'dataset_mismatch' });
  });

  test('become the samples of a model, with their folders as classes', async () => {
    const use = takes(['N', 3, 36, 48]);
    const dataset = await openDataset(fixture('images.zip'), dir, use);
    const outputs = [{ name: 'scores', dtype: 'float32', dims: ['N', 12] } as const];
    const bound = bindDataset(dataset, use.inputs, outputs, { preprocess: use.preprocess! });
    expect(bound).toMatchObject({ count: 6, hasLabels: true, scoring: { metric: { id: 'top1' } } });
    expect(bound.feeds(2).pixels).toMatchObject({ dtype: 'float32', dims: [1, 3, 36, 48] });
    dataset.close();
  });

  test('are described by their headers', async () => {
    expect(await describeDataset(fixture('images.zip'), dir)).toEqual({
      arrays: [
        { name: 'image', dtype: 'uint8', shape: [6, 36, 48, 3] },
        { name: 'y', dtype: 'int64', shape: [6] },
      ],
    });
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('hostile images', () => {
  const archive = (name: string, data: Uint8Array, limits = {}) => {
    const path = join(dir, `${Math.random()}`);
    writeFileSync(path, zip([{ name, data, deflate: true }]));
    return openDataset(path, dir, undefined, { ...DATASET_LIMITS, ...limits }).finally(() => rmSync(path));
  };
  const chunk = (type: string, data: Uint8Array) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length, 0);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, data, Buffer.alloc(4)]);
  };
  /** A PNG that claims a size and has nothing in it. */
  const claims = (width: number, height: number) => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.alloc(10))),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  };
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>';

  test.each([
    ['text', 'a.png', Buffer.from('no image'), /not a PNG, JPEG or WebP/],
    ['SVG under another name', 'a.png', Buffer.from(svg), /not a PNG, JPEG or WebP/],
    ['GIF under another name', 'a.png', Buffer.from('GIF89a\x01\0\x01\0'), /not a PNG, JPEG or WebP/],
    ['a bomb of pixels', 'a.png', claims(60_000, 60_000), /a\.png/],
    ['half an image', 'a.png', claims(40, 40), /a\.png/],
    ['a JPEG without content', 'a.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), /a\.jpg/],
    ['a stranger', 'a.exe', Buffer.from('MZ'), /a\.exe/],
  ])('%s', async (_, name, data, message) => {
    await expect(archive(name, data)).rejects.toMatchObject({
      code: 'dataset_unreadable',
      message: expect.stringMatching(message),
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  test('limits are named', async () => {
    const png = readFileSync(fixture('images.zip'));
    for (const limit of ['maxFileBytes', 'maxPixels'])
      await expect(
        archive('a.png', limit === 'maxPixels' ? claims(40, 40) : png, { [limit]: 100 }),
      ).rejects.toMatchObject({ code: 'dataset_unreadable', place: { limit } });
    await expect(
      openDataset(fixture('images.zip'), dir, undefined, { ...DATASET_LIMITS, maxFiles: 3 }),
    ).rejects.toMatchObject({ place: { limit: 'maxFiles' } });
    await expect(
      openDataset(fixture('images.zip'), dir, undefined, { ...DATASET_LIMITS, maxInflatedBytes: 20_000 }),
    ).rejects.toMatchObject({ place: { limit: 'maxInflatedBytes' } });
  });
});

describe('ONNX test data', () => {
  const inputs = ['x', 'ids'].map(name => ({ name, dtype: 'float32' as const, dims: undefined }));

  test('a folder is a sample; inputs get the names of the model, the first output of floats is the target', async () => {
    const dataset = await openDataset(fixture('test-data.zip'), dir, { inputs });
    const truth = await openDataset(fixture('test-data.npz'), dir);
    expect(dataset.arrays.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['x', 'float32', [3, 2, 3]],
      ['ids', 'int64', [3, 4]],
      ['y', 'float32', [3, 2, 5]],
    ]);
    for (const name of ['x', 'ids', 'y']) expect(all(dataset, name)).toEqual(all(truth, name));
    dataset.close();
    truth.close();
  });

  test('is described by the names that the tensors have', async () => {
    const { arrays } = await describeDataset(fixture('test-data.zip'), dir);
    expect(arrays.map(({ name }) => name)).toEqual(['x', 'input_1', 'y']);
  });

  test.each([
    [{ 'test_data_set_0/input_0.pb': 'x', 'test_data_set_1/input_1.pb': 'x' }, /has no input_0\.pb/],
    [{ 'test_data_set_0/notes.txt': 'x' }, /notes\.txt/],
    [{ 'test_data_set_0/input_0.pb': '\xff\xff\xff' }, /input_0\.pb.*not a tensor/],
  ])('%j is refused', async (files, message) => {
    const path = join(dir, 'broken');
    writeFileSync(
      path,
      zip(Object.entries(files).map(([name, text]) => ({ name, data: Buffer.from(text, 'latin1') }))),
    );
    await expect(openDataset(path, dir)).rejects.toMatchObject({
      code: 'dataset_unreadable',
      message: expect.stringMatching(message),
    });
    rmSync(path);
  });
});
