/** Pieces that are good until the next is asked for, kept. */
export function copies(pieces: Iterable<Uint8Array>): Uint8Array[] {
  return Array.from(pieces, piece => piece.slice());
}
