/** Asks calibration for the vectors that a node's weights meet. */
import { InputVectors } from '../../calibration/input-vectors.ts';
import type { Observers } from '../../calibration/observers.ts';
import type { VectorShape } from '../../calibration/patches.ts';
import type { Node } from '../../ir/node.ts';

/** @param moments whether their second moments are wanted too, or their mean alone */
export function watchVectors(node: Node, shape: VectorShape, moments: boolean, observers: Observers): void {
  const data = node.inputs[0];
  if (!data) return;
  const vectors = observers.find(data.name, InputVectors) ?? new InputVectors();
  vectors.ask(shape, moments);
  observers.watch(data.name, vectors);
}
