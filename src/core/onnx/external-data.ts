/**
 * Tensors whose payload lies in a file beside the model.
 *
 * Invariant: a location is exactly the name of a file that was supplied with the model, and the region lies inside it.
 * The name is only compared, never opened: no path of the model reaches a file system.
 * Source: https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
import { BitpressError } from '../../errors.ts';
import { DTYPES } from '../tensor/dtype.ts';
import type { PayloadReader, Tensor } from '../tensor/tensor.ts';

export interface ByteSource {
  readonly byteLength: number;
  read(offset: number, length: number): Uint8Array;
  /** For many reads, into memory of the caller's. Left out where the bytes are in memory. */
  open?(): PayloadReader;
}

/** The files that came with the model, by plain name. */
export interface ByteSources {
  get(name: string): ByteSource | undefined;
}

export interface Region {
  readonly source: ByteSource;
  readonly offset: number;
}

/** A region as a model names it. */
export interface Placement {
  readonly location: string;
  readonly offset: number;
}

/** Whether the elements can be read where they lie: those of eight bytes and less begin at a multiple of their size. */
export function isAligned({ offset }: Pick<Region, 'offset'>, { dtype }: Pick<Tensor, 'dtype'>): boolean {
  return offset % Math.max(1, Math.min(DTYPES[dtype].bits / 8, 8)) === 0;
}

/** @throws BitpressError external_data_refused, or model_invalid for a region outside the file */
export function locateExternal(
  entries: ReadonlyMap<string, string>,
  byteLength: number,
  tensor: string,
  files: ByteSources | undefined,
): Region {
  const location = entries.get('location') ?? '';
  const plain = location !== '' && !/[/\\\0]/.test(location) && location !== '.' && location !== '..';
  const source = plain ? files?.get(location) : undefined;
  if (!source) {
    const detail = `tensor ${JSON.stringify(tensor)} lies in ${JSON.stringify(location)}, which was not sent with the model`;
    throw new BitpressError('external_data_refused', detail, { field: tensor });
  }
  const offset = wholeNumber(entries.get('offset') ?? '0', 'offset', tensor);
  // "length (optional): number of bytes containing data"; without it the rest of the file, of which the type takes its part.
  const length = wholeNumber(entries.get('length') ?? String(byteLength), 'length', tensor);
  if (length !== byteLength)
    throw invalid(tensor, `its shape needs ${byteLength} bytes, external data gives ${length}`);
  if (offset + length > source.byteLength)
    throw invalid(
      tensor,
      `bytes ${offset} to ${offset + length} lie outside ${JSON.stringify(location)} (${source.byteLength} bytes)`,
    );
  return { source, offset };
}

function wholeNumber(text: string, what: string, tensor: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number))
    throw invalid(tensor, `${what} ${JSON.stringify(text.slice(0, 40))} is not a length`);
  return number;
}

function invalid(tensor: string, what: string): BitpressError {
  return new BitpressError('model_invalid', `tensor ${JSON.stringify(tensor)}: ${what}`, { field: tensor });
}
