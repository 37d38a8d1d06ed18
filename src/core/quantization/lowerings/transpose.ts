/** Transposes the last two axes of an 8-bit tensor when it is written: [..., R, C] to [..., C, R]. */
import { type Tensor, tensorFrom } from '../../tensor/tensor.ts';

export function transposeLastTwo(tensor: Tensor): Tensor {
  const { dims } = tensor;
  const rows = dims.at(-2) ?? 1;
  const columns = dims.at(-1) ?? 1;
  return tensorFrom(tensor.dtype, [...dims.slice(0, -2), columns, rows], () =>
    transpose(tensor.bytes(), rows, columns),
  );
}

function transpose(source: Uint8Array, rows: number, columns: number): Uint8Array {
  const result = new Uint8Array(source.length);
  const plane = rows * columns;
  for (let start = 0; start < source.length; start += plane)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        result[start + column * rows + row] = source[start + row * columns + column]!;
  return result;
}
