/**
 * Codes of a constant in its own order, made piece by piece.
 *
 *   QuantizeLinear   saturate(round_half_even(x / scale) + zero point)            codes are given a range
 *   MatMulNBits      clamp(round_half_up(x * (1 / scale) + zero point))           codes are given their width
 *
 * Invariant: every step is in float32, as the operators take them. 4-bit codes stand two to a byte, the first in the low
 * half, without regard to rows (ONNX `raw_data`).
 */
import { Workspace } from '../kernels/workspace.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { WeightQuant } from './plan.ts';
import type { CodeRange } from './qparams.ts';
import { type MatrixPiece, type Sharing, walkMatrix } from './walk-matrix.ts';

export type Coding =
  | { readonly rule: 'QuantizeLinear'; readonly range: CodeRange; readonly bits: 4 | 8 | 16 }
  | { readonly rule: 'MatMulNBits'; readonly bits: 4 | 8 };

type Parameters = Pick<WeightQuant, 'scales' | 'zeroPoints'>;

/** The bytes of the codes. A piece is good until the next is asked for. */
export function encodeMatrix(
  tensor: Tensor,
  sharing: Sharing,
  quant: Parameters,
  coding: Coding,
): Iterable<Uint8Array> {
  return Workspace.yields(space =>
    coding.bits === 4
      ? nibbles(tensor, sharing, quant, coding, space)
      : bytes(tensor, sharing, quant, coding, space),
  );
}

function* bytes(
  tensor: Tensor,
  sharing: Sharing,
  quant: Parameters,
  coding: Coding,
  space: Workspace,
): Generator<Uint8Array> {
  const { result } = space;
  const encode = encoderOf(sharing, quant, coding, space);
  for (const piece of walkMatrix(tensor, sharing, space)) {
    encode(piece, result.at);
    yield result.array.subarray(0, (piece.rows * piece.width * coding.bits) / 8);
  }
}

function* nibbles(
  tensor: Tensor,
  sharing: Sharing,
  quant: Parameters,
  coding: Coding,
  space: Workspace,
): Generator<Uint8Array> {
  const { result, kernels } = space;
  const encode = encoderOf(sharing, quant, coding, space);
  // A code whose neighbour is in the next piece waits for it at the beginning of the result.
  let waiting = 0;
  for (const piece of walkMatrix(tensor, sharing, space)) {
    encode(piece, result.at + waiting);
    const count = waiting + piece.rows * piece.width;
    waiting = count % 2;
    const last = result.array[count - 1] as number;
    kernels.packNibbles(result.at, count - waiting, result.at);
    yield result.array.subarray(0, (count - waiting) / 2);
    if (waiting) result.array[0] = last & 15;
  }
  if (waiting) yield result.array.subarray(0, 1);
}

/** Writes the codes of the piece in the workspace's source to an address, one to a byte or to two. */
export function encoderOf(
  { by }: Sharing,
  { scales, zeroPoints }: Parameters,
  coding: Coding,
  space: Workspace,
): (piece: MatrixPiece, out: number) => void {
  const { kernels, source, floats, zeroPoints: zeros } = space;
  let known: MatrixPiece | undefined;
  return (piece, out) => {
    const { rows, width, shared, slot, slots } = piece;
    if (known?.slot !== slot || known.slots !== slots) {
      floats.array.set(scales.subarray(slot, slot + slots));
      zeros.array.set(zeroPoints.subarray(slot, slot + slots));
      known = piece;
    }
    if (coding.rule === 'MatMulNBits') {
      const encode = by === 'runs' ? kernels.encodeBlockRuns : kernels.encodeBlockRows;
      encode(source.at, rows, width, shared, floats.at, zeros.at, 2 ** coding.bits - 1, out);
      return;
    }
    const encode = by === 'runs' ? kernels.encodeRuns : kernels.encodeRows;
    const { min, max } = coding.range;
    encode(source.at, rows, width, shared, floats.at, zeros.at, min, max, coding.bits === 16, out);
  };
}
