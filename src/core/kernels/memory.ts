/**
 * The compiled kernels, each time with a memory of their own, and typed arrays that lie in it.
 *
 * Kernels see addresses. An array that lies in a KernelMemory is where they can reach it: its Block knows
 * the address, and nothing is copied. Everything else goes through `pieces.ts`.
 *
 *   | the kernels' own | scratch: SCRATCH_BYTES, given back | blocks: taken for good, the memory grows |
 *
 * Invariant: an address stays good. A growing memory detaches every typed array that was made on it, so that a Block makes
 * its array anew when it has to; only addresses and Blocks may be kept. Scratch space never grows: a kernel may use it
 * while its caller holds arrays of the same memory.
 */
import { BINARY, type Kernels } from './binary.generated.ts';
import { compileModule, instantiate, type WasmMemory } from './web-assembly.ts';

const PAGE = 65_536;
/** Loads of 128 bits are fastest where they cross no cache line. */
const ALIGNMENT = 64;
/** Half of a core's second-level cache, at the least: pieces that pass through here are read from there. */
export const SCRATCH_BYTES = 2 ** 20;
/** What 32-bit addresses reach. */
const MAX_BYTES = 2 ** 32 - PAGE;

const compiled = compileModule(Buffer.from(BINARY, 'base64'));

type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Uint16Array | Int32Array | Uint32Array;
interface ArrayType<T extends Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

/** Room for `length` numbers, whose content is arbitrary. @throws RangeError where there is none left */
export type Take = <T extends Numbers>(type: ArrayType<T>, length: number) => Block<T>;

export class KernelMemory {
  static #shared: KernelMemory | undefined;

  readonly kernels: Kernels;
  readonly #memory: WasmMemory;
  readonly #limit: number;
  #scratchTop: number;
  readonly #scratchEnd: number;
  #top: number;

  /** Its memory goes when the object and the last array on it are dropped. @param limit of the blocks, in bytes */
  constructor(limit = 0) {
    const { memory, ...kernels } = instantiate<Kernels>(compiled);
    this.kernels = kernels;
    this.#memory = memory;
    this.#scratchTop = align(kernels.memoryBase());
    this.#scratchEnd = this.#scratchTop + SCRATCH_BYTES;
    this.#top = this.#scratchEnd;
    this.#limit = Math.min(this.#top + limit, MAX_BYTES);
    this.#reach(this.#top);
  }

  /** One for arrays that lie elsewhere; it has no blocks. */
  static get shared(): KernelMemory {
    KernelMemory.#shared ??= new KernelMemory();
    return KernelMemory.#shared;
  }

  /** A block for as long as the memory lives. */
  readonly take: Take = (type, length) => {
    const at = this.#top;
    const end = at + align(length * type.BYTES_PER_ELEMENT);
    if (end > this.#limit) throw new RangeError(`${end} bytes of kernel memory, the limit is ${this.#limit}`);
    this.#reach(end);
    this.#top = end;
    return new Block(this.#memory, type, at, length);
  };

  /** What `work` takes is given back when it ends; SCRATCH_BYTES in all. */
  scratch<R>(work: (take: Take) => R): R {
    const top = this.#scratchTop;
    try {
      return work(this.#takeScratch);
    } finally {
      this.#scratchTop = top;
    }
  }

  readonly #takeScratch: Take = (type, length) => {
    const at = this.#scratchTop;
    const end = at + align(length * type.BYTES_PER_ELEMENT);
    if (end > this.#scratchEnd) throw new RangeError(`more than ${SCRATCH_BYTES} bytes of scratch space`);
    this.#scratchTop = end;
    return new Block(this.#memory, type, at, length);
  };

  #reach(end: number): void {
    const missing = end - this.#memory.buffer.byteLength;
    if (missing <= 0) return;
    this.#memory.grow(Math.ceil(missing / PAGE));
  }
}

/** Numbers at a fixed address. */
export class Block<T extends Numbers> {
  /** Address in bytes. */
  readonly at: number;
  readonly length: number;
  readonly #memory: WasmMemory;
  readonly #type: ArrayType<T>;
  #array: T;

  constructor(memory: WasmMemory, type: ArrayType<T>, at: number, length: number) {
    this.at = at;
    this.length = length;
    this.#memory = memory;
    this.#type = type;
    this.#array = new type(memory.buffer, at, length);
  }

  /** Good until somebody takes more of the same memory, which detaches it: its length is then 0. */
  get array(): T {
    if (this.#array.length !== this.length)
      this.#array = new this.#type(this.#memory.buffer, this.at, this.length);
    return this.#array;
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
