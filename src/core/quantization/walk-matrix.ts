/**
 * Reads a constant of float32 piece by piece into a workspace, cut where its parameters are: along runs of neighbours that
 * share one, or across rows whose neighbours have neighbouring ones.
 *
 * Invariant: the pieces come in the order of the constant and hold every element once; one begins where a row or a block
 * of rows does, unless that does not fit in one piece. Slots count the parameters in the order of DequantizeLinear.
 */
import { PIECE_NUMBERS, type Workspace } from '../kernels/workspace.ts';
import { openFloat32 } from '../tensor/payload.ts';
import { axisView } from '../tensor/reduce.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';

/** How the elements of a constant share parameters. */
export type Sharing =
  /** [rows, length], each row cut into runs of `run`; the slots begin anew every `repeat` rows. */
  | {
      readonly by: 'runs';
      readonly rows: number;
      readonly length: number;
      readonly run: number;
      readonly repeat: number;
    }
  /** [planes, rows, width], in each of which `block` rows have a row of slots. */
  | {
      readonly by: 'rows';
      readonly planes: number;
      readonly rows: number;
      readonly width: number;
      readonly block: number;
    };

export function sharingOf(
  dims: readonly number[],
  { axis, blockSize }: { readonly axis?: number | undefined; readonly blockSize?: number | undefined },
): Sharing {
  if (axis === undefined) {
    const length = elementCount(dims);
    return { by: 'runs', rows: 1, length, run: length, repeat: 1 };
  }
  const { outer, channels, inner } = axisView(dims, axis);
  if (blockSize === undefined)
    return inner === 1
      ? { by: 'rows', planes: 1, rows: outer, width: channels, block: outer }
      : { by: 'runs', rows: outer * channels, length: inner, run: inner, repeat: channels };
  return inner === 1
    ? { by: 'runs', rows: outer, length: channels, run: blockSize, repeat: outer }
    : { by: 'rows', planes: outer, rows: channels, width: inner, block: blockSize };
}

/** Numbers that lie at the beginning of the workspace's source, and where their parameters are. */
export interface MatrixPiece {
  readonly rows: number;
  /** Numbers of a row. */
  readonly width: number;
  /** Neighbours, or rows, that share parameters. */
  readonly shared: number;
  readonly slot: number;
  readonly slots: number;
}

export function* walkMatrix(tensor: Tensor, sharing: Sharing, { source }: Workspace): Generator<MatrixPiece> {
  if (elementCount(tensor.dims) === 0) return;
  const reader = openFloat32(tensor);
  let at = 0;
  try {
    for (const piece of sharing.by === 'runs' ? cutRuns(sharing) : cutRows(sharing)) {
      const count = piece.rows * piece.width;
      reader.read(at, source.array.subarray(0, count));
      at += count;
      yield piece;
    }
  } finally {
    reader.close();
  }
}

function* cutRuns({ rows, length, run, repeat }: Sharing & { by: 'runs' }): Generator<MatrixPiece> {
  const perRow = Math.ceil(length / run);
  const whole = Math.floor(PIECE_NUMBERS / length);
  for (let row = 0; row < rows; ) {
    const first = (row % repeat) * perRow;
    if (whole > 0) {
      const taken = Math.min(whole, rows - row, repeat - (row % repeat));
      yield { rows: taken, width: length, shared: run, slot: first, slots: taken * perRow };
      row += taken;
      continue;
    }
    // As many runs as fit, or a part of one.
    const step = run <= PIECE_NUMBERS ? Math.floor(PIECE_NUMBERS / run) * run : PIECE_NUMBERS;
    for (let start = 0; start < length; ) {
      const left =
        run <= PIECE_NUMBERS ? length - start : Math.min(length, start - (start % run) + run) - start;
      const width = Math.min(step, left);
      const slots = Math.ceil(width / run);
      yield { rows: 1, width, shared: run, slot: first + Math.floor(start / run), slots };
      start += width;
    }
    row++;
  }
}

function* cutRows({ planes, rows, width, block }: Sharing & { by: 'rows' }): Generator<MatrixPiece> {
  const blocks = Math.ceil(rows / block);
  const whole = Math.floor(PIECE_NUMBERS / width);
  for (let plane = 0; plane < planes; plane++)
    for (let row = 0; row < rows; ) {
      const slot = (plane * blocks + Math.floor(row / block)) * width;
      const inBlock = row % block;
      if (whole > 0) {
        const fitting =
          inBlock === 0 && whole >= block ? whole - (whole % block) : Math.min(whole, block - inBlock);
        const taken = Math.min(fitting, rows - row);
        yield { rows: taken, width, shared: block, slot, slots: Math.ceil(taken / block) * width };
        row += taken;
        continue;
      }
      for (let column = 0; column < width; column += PIECE_NUMBERS) {
        const slots = Math.min(PIECE_NUMBERS, width - column);
        yield { rows: 1, width: slots, shared: block, slot: slot + column, slots };
      }
      row++;
    }
}
