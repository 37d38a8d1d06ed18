/**
 * Tensors of several samples, kept in files: what one piece of a model gives and a later one reads, and outputs that are
 * compared when another model has run.
 *
 * Invariant: memory holds names, types and shapes; one file holds the tensors of one sample and is read tensor by tensor.
 */
import { type ArrayDType, bytesOf, viewBytes } from '../../core/tensor/tensor.ts';
import type { Files, RuntimeTensor, TensorMap } from '../ports.ts';

interface Kept {
  readonly dtype: ArrayDType;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly byteLength: number;
}

export class Spill {
  readonly #files: Files;
  readonly #folder: string;
  readonly #samples: ReadonlyMap<string, Kept>[] = [];
  #byteLength = 0;

  /** @param name of a folder that `directory` does not have */
  constructor(files: Files, directory: string, name: string) {
    this.#files = files;
    this.#folder = files.makeFolder(directory, name);
  }

  /** Samples. */
  get count(): number {
    return this.#samples.length;
  }

  /** Of all tensors. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Those of the next sample. @throws BitpressError storage_full */
  add(tensors: TensorMap): void {
    const kept = new Map<string, Kept>();
    const chunks: Uint8Array[] = [];
    let offset = 0;
    for (const [name, { dtype, dims, data }] of Object.entries(tensors)) {
      const chunk = bytesOf(data);
      chunks.push(chunk);
      kept.set(name, { dtype, dims: [...dims], offset, byteLength: chunk.byteLength });
      offset += chunk.byteLength;
    }
    this.#files.write(this.#pathOf(this.#samples.length), chunks);
    this.#samples.push(kept);
    this.#byteLength += offset;
  }

  get(sample: number, name: string): RuntimeTensor | undefined {
    const found = this.#samples[sample]?.get(name);
    if (!found) return undefined;
    const { dtype, dims, offset, byteLength } = found;
    const bytes = this.#files.source(this.#pathOf(sample)).read(offset, byteLength);
    return { dtype, dims, data: viewBytes(dtype, bytes) };
  }

  close(): void {
    this.#files.removeFolder(this.#folder);
  }

  #pathOf(sample: number): string {
    return this.#files.join(this.#folder, String(sample));
  }
}
