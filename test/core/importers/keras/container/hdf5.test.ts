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

  test('whose heap is longer than 32 bits can say, which the library would walk for ever, is refused at once', async () => {
    const broken = bytes();
    const heap = Buffer.from(broken.buffer).indexOf('GCOL');
    broken.fill(1, heap + 13, heap + 16);
    await expect(openHdf5(broken)).rejects.toMatchObject({
      code: 'model_unreadable',
      message: /global heap/,
    });
  });

  test('whose text claims 1.5 GiB is refused, and the library takes no more memory for it', async () => {
    const file = await openHdf5(bytes());
    const text = file.text('/', 'model_config') ?? '';
    file.close();
    // Length of the text, then the address of its heap: "Variable-length", HDF5 File Format Specification, IV.A.2.d.
    const reference = Buffer.alloc(12);
    reference.writeUInt32LE(Buffer.byteLength(text));
    const broken = bytes();
    const image = Buffer.from(broken.buffer);
    reference.writeBigUInt64LE(BigInt(image.indexOf('GCOL')), 4);
    const at = image.indexOf(reference);
    expect(at).toBeGreaterThan(0);
    image.writeUInt32LE(3 * 2 ** 29, at);
    const damaged = await openHdf5(broken);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => damaged.text('/', 'model_config')).toThrow(
      expect.objectContaining({
        code: 'model_unreadable',
        message: expect.stringMatching(/model_config.* asks for more than/),
        hint: expect.stringMatching(/save the model again/),
      }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    damaged.close();
    const again = await openHdf5(bytes());
    expect(again.text('/', 'model_config')).toBe(text);
    again.close();
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
