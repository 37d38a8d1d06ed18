/**
 * Shapes for the inputs of a model that leaves dimensions open and came without data.
 *
 * Invariant: a name has one size wherever it stands, and a sum of names the sum of their sizes, so that inputs fit
 * together: the mask of a language model is as long as its tokens and what it keeps of earlier ones. There is nothing
 * earlier: a decoder is in its first step.
 */
import type { Dim } from '../ir/value.ts';

/** Sizes that are taken: a batch, image channels, an image's side, a sequence. */
const OPEN = { batch: 1, channels: 3, side: 224, sequence: 64, past: 0 } as const;

/** "past_sequence_length", as exporters of language models name it. */
const PAST = /past/i;
const SEQUENCE = /seq|len|time/i;

export function openShapes(shapes: readonly (readonly Dim[])[]): readonly (readonly number[])[] {
  const sizes = new Map<string, number>();
  const sizeOf = (name: string, guess: number): number => {
    const size =
      sizes.get(name) ?? (PAST.test(name) ? OPEN.past : SEQUENCE.test(name) ? OPEN.sequence : guess);
    sizes.set(name, size);
    return size;
  };
  const sumOf = (terms: readonly string[]): number =>
    terms.reduce((sum, term) => sum + (/^\d+$/.test(term) ? Number(term) : sizeOf(term, OPEN.sequence)), 0);
  return shapes.map(dims =>
    dims.map((dim, axis) => {
      if (typeof dim === 'number') return dim;
      const guess = guessed(dims, axis);
      // What one input says twice, such as "?", names nothing.
      if (dim === undefined || dims.indexOf(dim) !== dims.lastIndexOf(dim)) return guess;
      const terms = dim.split('+').map(term => term.trim());
      return terms.length > 1 && terms.every(term => term !== '') ? sumOf(terms) : sizeOf(dim, guess);
    }),
  );
}

function guessed(dims: readonly Dim[], axis: number): number {
  if (axis === 0) return OPEN.batch;
  if (dims.length !== 4) return OPEN.sequence;
  const channelsLast = typeof dims[3] === 'number' && dims[3] <= 4 && typeof dims[1] !== 'number';
  return axis === (channelsLast ? 3 : 1) ? OPEN.channels : OPEN.side;
}
