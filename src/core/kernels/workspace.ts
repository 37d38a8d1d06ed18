/**
 * Room in which a large constant passes through the kernels piece by piece: numbers in, parameters beside them, codes out.
 *
 * Invariant: one walker at a time holds a workspace, so that the pieces it gives out stay good until it goes on, whoever
 * else uses kernels meanwhile. Memory that was never touched costs nothing. A walker that is dropped half-way takes its
 * workspace with it.
 */
import { KernelMemory, type Take } from './memory.ts';

/** Numbers of a piece: 256 KiB of float32 are in the second-level cache of a core when the kernel reads them. */
export const PIECE_NUMBERS = 65_536;
/** Bytes of codes that are made before they are given out. */
const RESULT_BYTES = 2 ** 24;

export class Workspace {
  readonly kernels: KernelMemory['kernels'];
  readonly source;
  /** Smallest elements, or scales. */
  readonly floats;
  /** Largest elements. */
  readonly highs;
  readonly zeroPoints;
  readonly result;

  private constructor(memory: KernelMemory, take: Take, resultBytes: number) {
    this.kernels = memory.kernels;
    this.source = take(Float32Array, PIECE_NUMBERS);
    this.floats = take(Float32Array, PIECE_NUMBERS);
    this.highs = take(Float32Array, PIECE_NUMBERS);
    this.zeroPoints = take(Int32Array, PIECE_NUMBERS);
    this.result = take(Uint8Array, resultBytes);
  }

  static #idle: Workspace | undefined;

  /** Calls `use` with a workspace of its own. */
  static use<R>(use: (space: Workspace) => R): R {
    const space = Workspace.#borrow(RESULT_BYTES);
    try {
      return use(space);
    } finally {
      Workspace.#idle = space;
    }
  }

  /** The same for what is given out while the workspace is held. @param resultBytes that are needed at the least */
  static *yields(
    walk: (space: Workspace) => Generator<Uint8Array>,
    resultBytes = RESULT_BYTES,
  ): Generator<Uint8Array> {
    const space = Workspace.#borrow(resultBytes);
    try {
      yield* walk(space);
    } finally {
      if (space.result.length === RESULT_BYTES) Workspace.#idle = space;
    }
  }

  static #borrow(resultBytes: number): Workspace {
    const idle = Workspace.#idle;
    if (idle && resultBytes <= RESULT_BYTES) {
      Workspace.#idle = undefined;
      return idle;
    }
    const bytes = Math.max(resultBytes, RESULT_BYTES);
    const memory = new KernelMemory(bytes + 5 * 4 * PIECE_NUMBERS);
    return new Workspace(memory, memory.take, bytes);
  }
}
