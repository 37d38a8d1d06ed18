/**
 * What is left of an error below zero in what reads a value: the slope of the LeakyRelus that do, 1 where anything else
 * reads it as well. There is no grid that serves both sides of zero alike; it had better serve the side that counts.
 *
 * Source: https://onnx.ai/onnx/operators/onnx__LeakyRelu.html
 */
import type { Value } from '../../ir/value.ts';

/** The operator's own, where a node says nothing. */
const DEFAULT_SLOPE = 0.01;

export function slopeBelowZero({ uses }: Value): number {
  const slopes = [...uses].map(({ node }) =>
    node.qualifiedType === 'LeakyRelu' ? Math.abs(node.float('alpha', DEFAULT_SLOPE)) : 1,
  );
  return slopes.length === 0 ? 1 : Math.min(Math.max(...slopes), 1);
}

/**
 * Whether an Exp reads the value. Its slope is its result: an end that is cut off for the sake of what lies between makes
 * the largest results wrong, and behind a quotient the smallest divisors.
 */
export function isExponent({ uses }: Value): boolean {
  return [...uses].some(({ node }) => node.qualifiedType === 'Exp');
}
