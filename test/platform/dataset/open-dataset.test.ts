import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATASET_LIMITS } from '../../../src/platform/dataset/limits.ts';
import { openDataset } from '../../../src/platform/dataset/open-dataset.ts';
import { bytesOf, npy, type ZipMember, zip } from '../../support/npz.ts';

let dir: string;
let count = 0;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-dataset-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function file(bytes: Uint8Array): string {
  const path = join(dir, `data-${count++}`);
  writeFileSync(path, bytes);
  return path;
}

const floats = Float32Array.from({ length: 12 }, (_, index) => index * 1.5);
const x = npy('<f4', [4, 3], bytesOf(floats));

describe('openDataset', () => {
  it.each([
    ['stored', false, false],
    ['deflated', true, false],
    ['zip64', true, true],
    ['stored zip64', false, true],
  ])('reads a range of a member that is %s', async (_, deflate, zip64) => {
    const ids = npy('<i8', [4], bytesOf(BigInt64Array.from([9n, 8n, 7n, 6n])));
    const members = [
      { name: 'x.npy', data: x, deflate },
      { name: 'ids.npy', data: ids, deflate },
    ];
    const dataset = await openDataset(file(zip(members, zip64)), dir);
    const [first, second] = dataset.arrays;
    expect(first).toMatchObject({ name: 'x', dtype: 'float32', shape: [4, 3] });
    expect(first!.read(3, 3)).toEqual(Float32Array.of(4.5, 6, 7.5));
    expect(second!.read(2, 2)).toEqual(BigInt64Array.of(7n, 6n));
    expect(() => first!.read(10, 3)).toThrow(RangeError);
    dataset.close();
  });

  // numpy.savez(file, **{'/encoder/Add_output_0': x}) writes "/encoder/Add_output_0.npy".
  it.each(['/encoder/Add_output_0', 'a\\b', 'C:x', '../x'])(
    'takes %s as the name of an array',
    async name => {
      const dataset = await openDataset(file(zip([{ name: `${name}.npy`, data: x }])), dir);
      expect(dataset.arrays[0]).toMatchObject({ name, shape: [4, 3] });
      expect(dataset.arrays[0]!.read(0, 12)).toEqual(floats);
      dataset.close();
    },
  );

  it('leaves no file behind in the work directory, even while the dataset is open', async () => {
    const path = file(zip([{ name: 'x.npy', data: x, deflate: true }]));
    const before = readdirSync(dir);
    const dataset = await openDataset(path, dir);
    expect(readdirSync(dir)).toEqual(before);
    dataset.close();
  });

  it('reads a bare .npy and big-endian elements', async () => {
    const bytes = Buffer.from(bytesOf(floats)).swap32();
    const dataset = await openDataset(file(npy('>f4', [4, 3], bytes)), dir);
    expect(dataset.arrays[0]!.read(0, 12)).toEqual(floats);
    dataset.close();
  });

  it('refuses a symbolic link, a directory and an absent file', async () => {
    const link = join(dir, 'link');
    symlinkSync(file(x), link);
    for (const path of [link, dir, join(dir, 'absent')])
      await expect(openDataset(path, dir)).rejects.toMatchObject({ code: 'dataset_unreadable' });
  });

  const zeros = npy('|u1', [1 << 20], new Uint8Array(1 << 20));
  const hostile: [string, ZipMember[], RegExp][] = [
    ['a link', [{ name: 'x.npy', data: x, mode: 0o120777 }], /link/],
    ['an encrypted member', [{ name: 'x.npy', data: x, deflate: true, flags: 1 }], /encrypted/],
    ['another compression', [{ name: 'x.npy', data: x, method: 12 }], /method 12/],
    ['a member that is no array', [{ name: 'run.py', data: x }], /run\.py/],
    ['a pickle', [{ name: 'x.npy', data: npy('|O', [1], new Uint8Array(8)) }], /pickles/],
    [
      'the same name twice',
      [
        { name: 'x.npy', data: x },
        { name: 'x.npy', data: x },
      ],
      /twice/,
    ],
    ['a path that climbs', [{ name: '../x.png', data: x }], /invalid relative path/],
    ['an absolute path', [{ name: '/etc/x.png', data: x }], /absolute path/],
    ['a wrong checksum', [{ name: 'x.npy', data: x, deflate: true, crc: 1 }], /checksum/],
    ['a wrong checksum, stored', [{ name: 'x.npy', data: x, crc: 1 }], /checksum/],
    [
      'more bytes than declared',
      [{ name: 'x.npy', data: x, deflate: true, declaredSize: 150 }],
      /too many bytes/,
    ],
    [
      'fewer bytes than declared',
      [{ name: 'x.npy', data: x, deflate: true, declaredSize: 1e6 }],
      /not enough bytes/,
    ],
    ['two stored sizes', [{ name: 'x.npy', data: x, declaredSize: 150 }], /size/],
    ['a truncated array', [{ name: 'x.npy', data: x.subarray(0, -4) }], /48 bytes, but has 44/],
    [
      'an array with a tail',
      [{ name: 'x.npy', data: Buffer.concat([x, Buffer.alloc(4)]) }],
      /48 bytes, but has 52/,
    ],
  ];
  it.each(hostile)('refuses %s by name', async (_, members, message) => {
    await expect(openDataset(file(zip(members)), dir)).rejects.toMatchObject({
      code: 'dataset_unreadable',
      message: expect.stringMatching(message),
    });
  });

  it('holds an archive to its limits', async () => {
    const bomb = file(zip([{ name: 'x.npy', data: zeros, deflate: true }]));
    const many = file(zip(Array.from({ length: 5 }, (_, index) => ({ name: `${index}.npy`, data: x }))));
    const cases = [
      [bomb, { ratioFreeBytes: 1000 }, 'maxRatio'],
      [bomb, { maxInflatedBytes: 1000 }, 'maxInflatedBytes'],
      [many, { maxEntries: 4 }, 'maxEntries'],
    ] as const;
    for (const [path, limits, limit] of cases)
      await expect(openDataset(path, dir, undefined, { ...DATASET_LIMITS, ...limits })).rejects.toMatchObject(
        {
          code: 'dataset_unreadable',
          place: { limit },
        },
      );
  });

  it('names every truncation of a real archive', async () => {
    const archive = zip([
      { name: 'x.npy', data: x, deflate: true },
      { name: 'y.npy', data: x },
    ]);
    for (let length = 0; length < archive.length; length += 7)
      await expect(openDataset(file(archive.subarray(0, length)), dir)).rejects.toMatchObject({
        code: 'dataset_unreadable',
      });
  });

  it('survives every mutated byte of a real archive', async () => {
    const archive = zip([{ name: 'x.npy', data: x, deflate: true }]);
    for (let at = 0; at < archive.length; at++) {
      const mutated = Buffer.from(archive);
      mutated[at]! ^= 0xff;
      await openDataset(file(mutated), dir).then(
        dataset => dataset.close(),
        error => expect(error).toMatchObject({ code: 'dataset_unreadable' }),
      );
    }
  });
});
