/**
 * Transposes that onnxruntime crashes on in float16.
 *
 *   Transpose (float16)  ->  Cast to float32  ->  MatMul
 *
 * CPUs have no float16 MatMul, so the runtime puts that Cast in itself. Its MatMulTransposeFusion then moves the Cast in
 * front of the Transpose, and finds only afterwards that it cannot fuse: the first axis is moved behind the batch axes, and
 * the other operand has another rank. What it added is left unresolved, and on x86 the next optimisation reads through a
 * null pointer (1.24 to 1.30): https://github.com/microsoft/onnxruntime/issues/28392
 */
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';

export function isBatchTransposeOfProduct(node: Node): boolean {
  // Without a perm all axes are reversed: the first of them goes to the end, but the others change their order too.
  const perm = node.ints('perm');
  if (node.opType !== 'Transpose' || !perm || !movesFirstAxisBehindBatch(perm)) return false;
  const [output] = node.outputs;
  return [...(output?.uses ?? [])].some(
    use => use.node.opType === 'MatMul' && !haveSameRank(use.node.inputs[0], use.node.inputs[1]),
  );
}

/** Batch axes are all but the last two; they keep their order, and the last axis is one of the product's own. */
function movesFirstAxisBehindBatch(perm: readonly number[]): boolean {
  const batch = perm.slice(0, -2);
  return (
    batch.length > 0 &&
    batch.every((axis, index) => axis === index + 1) &&
    perm.indexOf(perm.length - 1) >= batch.length
  );
}

function haveSameRank(left: Value | undefined, right: Value | undefined): boolean {
  return left?.dims !== undefined && left.dims.length === right?.dims?.length;
}
