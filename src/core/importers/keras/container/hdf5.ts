/**
 * Reads groups, attributes and datasets of an HDF5 file in memory, through HDF5's own library in WebAssembly.
 *
 * Invariant: paths are walked one hard link at a time: soft links, external links, external storage and virtual
 * datasets are refused by name, so nothing outside the file can be reached. A dataset's shape and type are known, and
 * checked by the caller, before a byte of it is read; reading goes block by block, so that the library's memory does
 * not grow to the file's size; what it may hold at all is bounded by that size. Every failure of the library becomes an error of the catalogue; one that may have
 * damaged the library's memory ends its use in this process (each job has a process of its own).
 */
import { BitpressError, isBitpressError } from '../../../../errors.ts';
import type { ArrayDType } from '../../../tensor/tensor.ts';
import { LIMITS, libraryBytes, READ_BLOCK_BYTES } from '../limits.ts';
import { exceeded, unreadable } from '../problems.ts';
import { checkGlobalHeaps } from './global-heap.ts';
import { type Library, libraryMemory, loadHdf5Library, type Metadata, type Native } from './hdf5-library.ts';

/** H5T_class_t, https://support.hdfgroup.org/documentation/hdf5/latest/_h5_tpublic_8h.html */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
/** "No bound on the library version" of h5wasm's open. */
const UNSET = -1;

export const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const;

export interface Hdf5Dataset {
  readonly path: string;
  readonly dims: readonly number[];
  /** Undefined where the elements are not numbers (strings, compounds, references). */
  readonly dtype: ArrayDType | undefined;
  readonly elementBytes: number;
  /** Little-endian bytes in row-major order. */
  read(): Uint8Array;
}

export interface Hdf5File {
  /** Names in a group in HDF5's order; undefined where there is no such group. */
  keys(group: string): readonly string[] | undefined;
  /** A text attribute, or undefined where the object has none of this name. */
  text(object: string, name: string): string | undefined;
  texts(object: string, name: string): readonly string[] | undefined;
  dataset(path: string): Hdf5Dataset | undefined;
  close(): void;
}

let opened = 0;
let damaged = false;

export async function openHdf5(bytes: Uint8Array): Promise<Hdf5File> {
  if (damaged) throw new BitpressError('internal', 'The HDF5 library was damaged by an earlier file.');
  if (!HDF5_SIGNATURE.every((byte, index) => bytes[index] === byte)) throw notHdf5(bytes);
  const { library, native } = await loadHdf5Library();
  libraryMemory.limit = Math.max(libraryMemory.limit, libraryBytes(bytes.length));
  native.activate_throwing_error_handler();
  // A name of its own for each file: the library shares what it holds of a file that it takes for the same.
  const path = `/upload-${opened++}.h5`;
  return guard('open the file', () => {
    native.FS.writeFile(path, bytes, { canOwn: true } as Parameters<typeof native.FS.writeFile>[2]);
    let id: bigint | undefined;
    try {
      id = native.open(path, native.H5F_ACC_RDONLY, false, UNSET, UNSET);
      // Opened, since the library knows a file whose end is missing; it has not looked at a heap yet.
      checkGlobalHeaps(bytes);
      return new OpenFile(library, native, path, id);
    } catch (error) {
      if (id !== undefined) native.close_file(id);
      native.FS.unlink(path);
      throw error;
    }
  });
}

class OpenFile implements Hdf5File {
  readonly #library: Library;
  readonly #native: Native;
  readonly #path: string;
  readonly #id: bigint;
  readonly #keys = new Map<string, ReadonlySet<string>>();

  constructor(library: Library, native: Native, path: string, id: bigint) {
    this.#library = library;
    this.#native = native;
    this.#path = path;
    this.#id = id;
  }

  keys(group: string): readonly string[] | undefined {
    return this.#resolve(group) === this.#native.H5G_GROUP ? [...this.#names(group)] : undefined;
  }

  text(object: string, name: string): string | undefined {
    return this.texts(object, name)?.[0];
  }

  texts(object: string, name: string): readonly string[] | undefined {
    if (this.#resolve(object) === undefined) return undefined;
    return guard(`read the attribute ${name} of ${object}`, () => {
      if (!this.#native.get_attribute_names(this.#id, object).includes(name)) return undefined;
      const attribute = new this.#library.Attribute(this.#id, object, name);
      const { type, total_size: count, size } = attribute.metadata;
      if (count === 0) return [];
      if (type !== STRING) throw unreadable(`The attribute ${name} of ${object} is not text.`);
      if (count > LIMITS.names || count * size > LIMITS.attributeBytes)
        throw exceeded('attributeBytes', `The attribute ${name} of ${object} holds ${count} texts.`);
      const value = attribute.json_value;
      return (Array.isArray(value) ? value : [value]).map(String);
    });
  }

  dataset(path: string): Hdf5Dataset | undefined {
    if (this.#resolve(path) !== this.#native.H5G_DATASET) return undefined;
    return guard(`read the dataset ${path}`, () => {
      const metadata = this.#native.get_dataset_metadata(this.#id, path);
      if (metadata.virtual_sources)
        throw new BitpressError(
          'model_unsupported',
          `The dataset ${path} is virtual: its data is in other files.`,
        );
      const dims = metadata.shape ?? [];
      return {
        path,
        dims,
        dtype: elementType(metadata),
        elementBytes: metadata.size,
        read: () => guard(`read the dataset ${path}`, () => this.#read(path, metadata)),
      };
    });
  }

  close(): void {
    if (damaged) return;
    guard('close the file', () => {
      this.#native.close_file(this.#id);
      this.#native.FS.unlink(this.#path);
    });
  }

  /** The kind of object at a path of hard links; undefined where there is none. */
  #resolve(path: string): number | undefined {
    if (path.length > LIMITS.nameBytes) throw exceeded('nameBytes', `A path has ${path.length} characters.`);
    let at = '/';
    let kind: number | undefined = this.#native.H5G_GROUP;
    for (const part of path.split('/').filter(name => name !== '')) {
      if (kind !== this.#native.H5G_GROUP || !this.#names(at).has(part)) return undefined;
      at = at === '/' ? `/${part}` : `${at}/${part}`;
      kind = guard(`find ${at}`, () => this.#kind(at));
    }
    return kind;
  }

  #kind(path: string): number {
    const soft: string | null = this.#native.get_symbolic_link(this.#id, path);
    const external: { filename: string } | null = this.#native.get_external_link(this.#id, path);
    const target = soft ?? external?.filename;
    if (target !== undefined)
      throw new BitpressError(
        'model_unsupported',
        `Missing weight: "${path}" is a link to "${target}", and links are not followed.`,
        { node: path, hint: 'Save the model again with model.save(), which stores every weight itself.' },
      );
    return this.#native.get_type(this.#id, path);
  }

  #names(group: string): ReadonlySet<string> {
    let names = this.#keys.get(group);
    if (!names) {
      names = guard(`list the group ${group}`, () => new Set(this.#native.get_names(this.#id, group, false)));
      if (names.size > LIMITS.names) throw exceeded('names', `The group ${group} holds ${names.size} names.`);
      this.#keys.set(group, names);
    }
    return names;
  }

  #read(path: string, { shape, size, total_size, chunks }: Metadata): Uint8Array {
    const total = total_size * size;
    const bytes = new Uint8Array(total);
    if (total === 0) return bytes;
    const [rows = 1, ...rest] = shape ?? [];
    const rowBytes = total / rows;
    const step = Math.min(rows, Math.max(1, chunks?.[0] ?? 1, Math.floor(READ_BLOCK_BYTES / rowBytes)));
    const buffer = this.#native._malloc(step * rowBytes);
    if (buffer === 0) throw exceeded('weightFloorBytes', `The dataset ${path} has rows too large to read.`);
    try {
      for (let row = 0; row < rows; row += step) {
        const count = Math.min(step, rows - row);
        const whole = shape === null || shape.length === 0;
        const status = this.#native.get_dataset_data(
          this.#id,
          path,
          whole ? null : [count, ...rest].map(BigInt),
          whole ? null : [row, ...rest.map(() => 0)].map(BigInt),
          whole ? null : [1, ...rest.map(() => 1)].map(BigInt),
          BigInt(buffer),
        );
        if (status < 0) throw unreadable(`The dataset ${path} cannot be read: the HDF5 file is corrupt.`);
        bytes.set(this.#native.HEAPU8.subarray(buffer, buffer + count * rowBytes), row * rowBytes);
      }
    } finally {
      this.#native._free(buffer);
    }
    return bytes;
  }
}

function elementType({ type, size, signed }: Metadata): ArrayDType | undefined {
  if (type === FLOAT) return ({ 2: 'float16', 4: 'float32', 8: 'float64' } as const)[size as 2 | 4 | 8];
  if (type !== INTEGER) return undefined;
  const unsigned = { 1: 'uint8', 2: 'uint16', 4: 'uint32', 8: 'uint64' } as const;
  const twosComplement = { 1: 'int8', 2: 'int16', 4: 'int32', 8: 'int64' } as const;
  return (signed ? twosComplement : unsigned)[size as 1 | 2 | 4 | 8];
}

/** Runs a call into the library and translates its failure. */
function guard<T>(what: string, call: () => T): T {
  libraryMemory.refused = false;
  try {
    return call();
  } catch (error) {
    if (isBitpressError(error)) throw error;
    if (libraryMemory.refused)
      throw unreadable(
        `Cannot ${what}: a length in the file asks for more than the ${libraryMemory.limit} bytes that a file of its size may take.`,
        'The file is damaged: save the model again with model.save() and send that file.',
        error,
      );
    const message = error instanceof Error ? error.message : String(error);
    // A trap, or a stack that overflowed, in the middle of the library.
    if (error instanceof Error && ['RangeError', 'RuntimeError'].includes(error.name)) damaged = true;
    if (message.includes('External file list') || message.includes('external raw data'))
      throw new BitpressError(
        'model_unsupported',
        `Cannot ${what}: its data lies in external storage, another file that is not followed.`,
        { hint: 'Save the model again with model.save(), which stores every weight itself.' },
      );
    if (message.includes('truncated file'))
      throw unreadable(
        'The file is a truncated HDF5 file: its end is missing.',
        'Send the whole file.',
        error,
      );
    throw unreadable(`Cannot ${what}: the HDF5 file is corrupt or truncated.`, 'Send the file again.', error);
  }
}

function notHdf5(bytes: Uint8Array): BitpressError {
  if (bytes.length === 0) return unreadable('The file is empty.', 'Send the file that model.save() wrote.');
  const pickle = bytes[0] === 0x80 && (bytes[1] ?? 0) <= 5;
  return unreadable(
    pickle ? 'The file is a Python pickle, not HDF5; it is not opened.' : 'The file is not HDF5.',
    'Send a .h5 or .keras file that model.save() of Keras wrote.',
  );
}
