import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openHdf5 } from '../../../../../src/core/importers/keras/container/hdf5.ts';

const FILE = fileURLToPath(new URL('../../../../fixtures/keras/frozen_nested.h5', import.meta.url));
const bytes = () => new Uint8Array(readFileSync(FILE));

describe('an HDF5 file', () => {
  test('gives groups, texts and datasets by path', async () => {
    const file = await openHdf5(bytes());
    expect(file.text('/', 'keras_version')).toMatch(/^3\./);
    expect(file.keys('/model_weights')).toContain('frozen_part');
    expect(file.keys('/model_weights/absent')).toBeUndefined();
    const [name] = file.texts('/model_weights/dense_3', 'weight_names') ?? [];
    const dataset = file.dataset(`/model_weights/dense_3/${name}`);
    expect(dataset).toMatchObject({ dims: [4, 2], dtype: 'float32', elementBytes: 4 });
    expect(dataset?.read()).toHaveLength(32);
    expect(file.dataset('/model_weights')).toBeUndefined();
    file.close();
  });

  test('whose heap of texts would never end is refused at once', async () => {
    const broken = bytes();
    const heap = Buffer.from(broken.buffer).indexOf('GCOL');
    // The first object becomes free space of no size.
    broken.fill(0, heap + 16, heap + 32);
    const started = performance.now();
    await expect(openHdf5(broken)).rejects.toMatchObject({
      code: 'model_unreadable',
      message: /global heap/,
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test.each([
    ['an empty file', new Uint8Array(0), /empty/],
    ['a pickle', Uint8Array.of(0x80, 4, 0x95), /pickle/],
    ['zeros', new Uint8Array(8192), /not HDF5/],
    ['a beginning', bytes().subarray(0, 4096), /truncated/],
  ])('%s is named', async (_, given, message) => {
    await expect(openHdf5(given)).rejects.toMatchObject({
      code: 'model_unreadable',
      message: expect.stringMatching(message),
    });
  });
});
