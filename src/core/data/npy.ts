/**
 * The header of a .npy file: element type, shape, byte order, and where the elements begin.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *   magic "\x93NUMPY", major, minor, header length (uint16 in version 1, uint32 from 2), a Python dict, elements.
 *
 * Invariant: what is not a C-ordered array of one plain number type is refused by name; nothing is unpickled.
 */
import { BitpressError } from '../../errors.ts';
import type { ArrayDType } from '../tensor/tensor.ts';
import { type PythonLiteral, parsePythonLiteral } from './python-literal.ts';

export interface NpyHeader {
  readonly dtype: ArrayDType;
  readonly bigEndian: boolean;
  readonly shape: readonly number[];
  /** Offset of the first element from the beginning of the file. */
  readonly dataOffset: number;
}

/** numpy itself refuses headers above 10 000 characters unless told; no plain array comes near. */
export const MAX_NPY_HEADER_BYTES = 10_000;
/** NPY_MAXDIMS of numpy 1; numpy 2 has 64, no runtime has. */
const MAX_RANK = 32;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Longest prefix of a file that `parseNpyHeader` may ask for. */
export const NPY_PREFIX_BYTES = 12 + MAX_NPY_HEADER_BYTES;

const DTYPES: Readonly<Record<string, ArrayDType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/**
 * @param prefix the first bytes of the file, NPY_PREFIX_BYTES of them where the file has so many
 * @param name the array's name, for messages
 * @throws BitpressError dataset_unreadable
 */
export function parseNpyHeader(prefix: Uint8Array, name: string): NpyHeader {
  if (prefix.length < 10 || MAGIC.some((byte, index) => prefix[index] !== byte))
    return refuse(name, 'is not a .npy array');
  const major = prefix[6]!;
  if (major < 1 || major > 3) return refuse(name, `has .npy version ${major}.${prefix[7]}; 1 to 3 are known`);
  const lengthBytes = major === 1 ? 2 : 4;
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (prefix.length < 8 + lengthBytes) return refuse(name, 'ends inside its header');
  const length = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = 8 + lengthBytes + length;
  if (length > MAX_NPY_HEADER_BYTES)
    return refuse(name, `has a header of ${length} bytes; ${MAX_NPY_HEADER_BYTES} are allowed`);
  if (prefix.length < dataOffset) return refuse(name, 'ends inside its header');

  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(
    prefix.subarray(8 + lengthBytes, dataOffset),
  );
  const fields = headerFields(text, name);
  const shape = readShape(fields.get('shape'), name);
  // Order has no meaning below two dimensions.
  if (fields.get('fortran_order') !== false && shape.length > 1)
    return refuse(
      name,
      'is stored in Fortran order (fortran_order: True)',
      'Save numpy.ascontiguousarray(array) instead.',
    );
  return { ...readDtype(fields.get('descr'), name), shape, dataOffset };
}

function headerFields(text: string, name: string): Map<string, PythonLiteral> {
  let header: PythonLiteral;
  try {
    header = parsePythonLiteral(text);
  } catch (error) {
    return refuse(name, `has a header that cannot be read: ${(error as SyntaxError).message}`);
  }
  if (!(header instanceof Map)) return refuse(name, 'has a header that is not a dict');
  const keys = [...header.keys()].sort().join(', ');
  if (keys !== 'descr, fortran_order, shape')
    return refuse(name, 'has a header without exactly the keys descr, fortran_order and shape');
  if (typeof header.get('fortran_order') !== 'boolean')
    return refuse(name, 'has a fortran_order that is not True or False');
  return header;
}

function readDtype(
  descr: PythonLiteral | undefined,
  name: string,
): { dtype: ArrayDType; bigEndian: boolean } {
  if (typeof descr !== 'string')
    return refuse(name, 'has a structured element type', 'Save one plain array for each field.');
  const order = descr[0] ?? '';
  const dtype = '<>|='.includes(order) ? DTYPES[descr.slice(1)] : undefined;
  if (dtype !== undefined) return { dtype, bigEndian: order === '>' };
  if (descr.includes('O'))
    return refuse(name, 'holds Python objects (object arrays are pickles, which are never read)', PLAIN);
  return refuse(name, `has elements of type "${descr}", which is not a plain number type`, PLAIN);
}

const PLAIN = 'Save it with a type such as float32, int64 or uint8.';

function readShape(shape: PythonLiteral | undefined, name: string): readonly number[] {
  if (!Array.isArray(shape)) return refuse(name, 'has a shape that is not a tuple');
  if (shape.length > MAX_RANK) return refuse(name, `has ${shape.length} dimensions; ${MAX_RANK} are allowed`);
  const dims = shape.map(dim =>
    typeof dim === 'number' && dim >= 0 ? dim : refuse(name, 'has a shape with a negative or odd entry'),
  );
  if (!Number.isSafeInteger(dims.reduce((product, dim) => product * dim, 1)))
    return refuse(name, `has a shape (${dims.join(', ')}) with too many elements`);
  return dims;
}

function refuse(name: string, what: string, hint?: string): never {
  throw new BitpressError('dataset_unreadable', `array "${name}" ${what}`, {
    field: name,
    ...(hint !== undefined && { hint }),
  });
}
