/**
 * Reorders the axes of a row-major array: output axis `i` is input axis `perm[i]`, as ONNX Transpose.
 *
 * Invariant: the result is a new array; an order that changes nothing is copied by the caller's wish only.
 */
export function permute(
  data: Float32Array,
  dims: readonly number[],
  perm: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = stridesOf(dims);
  const shape = perm.map(axis => dims[axis] as number);
  const steps = perm.map(axis => strides[axis] as number);
  const result = new Float32Array(data.length);
  if (data.length === 0) return result;
  const last = shape.length - 1;
  const width = shape[last] ?? 1;
  const step = steps[last] ?? 1;
  const index = new Array<number>(shape.length).fill(0);
  let source = 0;
  for (let target = 0; target < result.length; target += width) {
    for (let i = 0, at = source; i < width; i++, at += step) result[target + i] = data[at] as number;
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      source += steps[axis] as number;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      source -= next * (steps[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}

export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] as number) * (dims[axis + 1] as number);
  return strides;
}
