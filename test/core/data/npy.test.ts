import { describe, expect, it } from 'vitest';
import { parseNpyHeader } from '../../../src/core/data/npy.ts';
import { npy, npyWithHeader } from '../../support/npz.ts';

const empty = new Uint8Array(0);

/** The header that numpy 2 writes for np.zeros((2, 3), 'float32'). */
const WRITTEN_BY_NUMPY =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=';

describe('parseNpyHeader', () => {
  it('reads what numpy writes', () => {
    expect(parseNpyHeader(Buffer.from(WRITTEN_BY_NUMPY, 'base64'), 'x')).toEqual({
      dtype: 'float32',
      bigEndian: false,
      shape: [2, 3],
      dataOffset: 128,
    });
  });

  it.each([
    ['<f4', 'float32', false],
    ['>i8', 'int64', true],
    ['|u1', 'uint8', false],
    ['|b1', 'bool', false],
    ['<f2', 'float16', false],
    ['=u4', 'uint32', false],
  ])('reads element type %s', (descr, dtype, bigEndian) => {
    expect(parseNpyHeader(npy(descr, [4], empty), 'x')).toMatchObject({ dtype, bigEndian, shape: [4] });
  });

  it('reads scalars, version 2 and 3, and Python 2 longs', () => {
    expect(parseNpyHeader(npy('<f8', [], empty), 'x').shape).toEqual([]);
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 4L)}";
    for (const version of [2, 3])
      expect(parseNpyHeader(npyWithHeader(header, empty, version), 'x').shape).toEqual([3, 4]);
  });

  it('refuses Fortran order by name, except where it means nothing', () => {
    expect(() => parseNpyHeader(npy('<f4', [2, 3], empty, true), 'pixels')).toThrow(
      /"pixels".*Fortran order/,
    );
    expect(parseNpyHeader(npy('<f4', [6], empty, true), 'pixels').shape).toEqual([6]);
  });

  it.each([
    ['|O', /object arrays are pickles/],
    ['<U5', /"<U5"/],
    ['<c8', /"<c8"/],
    ['|V2', /"\|V2"/],
    ['f4', /"f4"/],
    ['<f3', /"<f3"/],
  ])('refuses element type %s', (descr, message) => {
    expect(() => parseNpyHeader(npy(descr, [1], empty), 'x')).toThrow(message);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another file', Buffer.from('PK\x03\x04aaaaaaaaaaaa')],
    ['version 9', npyWithHeader('{}', empty, 9)],
    ['a cut header', npy('<f4', [1], empty).subarray(0, 40)],
    ['no literal', npyWithHeader('__import__("os").system("id")')],
    ['an expression', npyWithHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1+1,)}")],
    ['a missing key', npyWithHeader("{'descr': '<f4', 'shape': (1,)}")],
    ['an extra key', npyWithHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}")],
    ['a key twice', npyWithHeader("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}")],
    ['a negative dimension', npyWithHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}")],
    ['a shape that is a number', npyWithHeader("{'descr': '<f4', 'fortran_order': False, 'shape': 4}")],
    ['a structured type', npyWithHeader("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}")],
    ['an order that is a number', npyWithHeader("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}")],
    ['text after the dict', npyWithHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1")],
    ['deep nesting', npyWithHeader('['.repeat(5000))],
    ['too many elements', npy('<f4', [2 ** 40, 2 ** 40], empty)],
    ['too many axes', npy('<f4', new Array(40).fill(1), empty)],
  ])('refuses %s as dataset_unreadable', (_, bytes) => {
    expect(() => parseNpyHeader(bytes, 'x')).toThrow(expect.objectContaining({ code: 'dataset_unreadable' }));
  });
});
