import { describe, expect, test } from 'vitest';
import { openZip } from '../../../../../src/core/importers/keras/container/zip.ts';
import { zip } from '../../../../support/npz.ts';

const TEXT = new TextEncoder().encode('config '.repeat(50));
const BOUND = { bytes: 1000, limit: 'configBytes' } as const;
const read = (bytes: Uint8Array, name = 'a') => openZip(new Uint8Array(bytes)).read(name, BOUND);

describe('a zip archive', () => {
  test.each([
    ['stored', { deflate: false }, false],
    ['deflated', { deflate: true }, false],
    ['zip64', { deflate: true }, true],
  ])('gives back what was %s', (_, member, wide) => {
    expect([...read(zip([{ name: 'a', data: TEXT, ...member }], wide))]).toEqual([...TEXT]);
  });

  test.each([
    ['a link', { mode: 0o120777 }, /link/],
    ['a wrong CRC', { crc: 1 }, /CRC mismatch/],
    ['encryption', { flags: 1 }, /encrypted/],
    ['an unknown method', { method: 14 }, /unsupported/],
    ['a declared size that is too small', { deflate: true, declaredSize: 10 }, /size mismatch/i],
    ['a declared size that is too large', { deflate: true, declaredSize: 900 }, /size mismatch/i],
    ['more bytes than the bound', { declaredSize: 2000 }, /too large/],
  ])('refuses %s', (_, member, message) => {
    expect(() => read(zip([{ name: 'a', data: TEXT, ...member }]))).toThrow(message);
  });

  test('refuses a name that stands twice', () => {
    const bytes = zip([
      { name: 'a', data: TEXT },
      { name: 'a', data: TEXT },
    ]);
    expect(() => read(bytes)).toThrow(/twice/);
  });

  test('refuses every truncation', () => {
    const whole = zip([{ name: 'a', data: TEXT, deflate: true }]);
    for (let length = 0; length < whole.length; length++)
      expect(() => read(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'model_unreadable' }),
      );
  });
});
