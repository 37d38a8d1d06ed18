/**
 * HDF5's own library in WebAssembly, with a bound on the memory that it may take. The only file that names h5wasm.
 *
 * Invariant: beyond the bound the library's allocations fail, which it answers with an error; a length that a damaged
 * file declares cannot make it swell. One library serves a process, so the bound is that of the largest file opened.
 *
 * h5wasm gives no access to its memory, and a bound of 2 GiB is compiled in. The memory is an export of the module, so
 * it is taken from the instance while the library starts.
 * https://www.w3.org/TR/wasm-js-api-2/#memories
 */
import type { WasmMemory } from '../../../kernels/web-assembly.ts';

export type Library = typeof import('h5wasm');
export type Native = Library['Module'];
export type Metadata = ReturnType<Native['get_dataset_metadata']>;

export interface Hdf5Library {
  readonly library: Library;
  readonly native: Native;
}

export const libraryMemory = {
  /** Bytes that the library may hold. */
  limit: 0,
  /** True where it asked for more and had not enough since. */
  refused: false,
};

interface Instantiated {
  readonly instance?: { readonly exports: { readonly memory?: WasmMemory } };
}
interface Runtime {
  instantiate(...args: unknown[]): Promise<Instantiated>;
}

const PAGE = 65_536;

let loading: Promise<Hdf5Library> | undefined;

export function loadHdf5Library(): Promise<Hdf5Library> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Hdf5Library> {
  const runtime = (globalThis as unknown as { WebAssembly: Runtime }).WebAssembly;
  const { instantiate } = runtime;
  const memories: WasmMemory[] = [];
  runtime.instantiate = async (...args) => {
    const result = await instantiate.apply(runtime, args);
    const memory = result.instance?.exports.memory;
    if (memory) memories.push(memory);
    return result;
  };
  try {
    const library = await import('h5wasm');
    const native = await library.ready;
    // Others may have started a module meanwhile.
    const own = memories.find(({ buffer }) => buffer === native.HEAPU8.buffer);
    if (!own) throw new Error('the memory of the HDF5 library was not found');
    bound(own);
    return { library, native };
  } finally {
    runtime.instantiate = instantiate;
  }
}

/** The library grows its memory through the object's own `grow`, and takes what is thrown for "no memory left". */
function bound(memory: WasmMemory): void {
  const grow = memory.grow.bind(memory);
  memory.grow = pages => {
    libraryMemory.refused = memory.buffer.byteLength + pages * PAGE > libraryMemory.limit;
    if (libraryMemory.refused)
      throw new RangeError(`the HDF5 library asks for more than ${libraryMemory.limit} bytes`);
    return grow(pages);
  };
}
