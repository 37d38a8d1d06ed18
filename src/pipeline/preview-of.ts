/** A prediction as the contract shows it. */
import type { MethodPreview, PlannedNode } from '../contracts/preview.ts';
import type { Method } from '../core/quantization/method.ts';
import type { Prediction } from './predict.ts';
import type { NodeOutcome } from './stage-results.ts';

export function previewOf(
  { id, title }: Pick<Method, 'id' | 'title'>,
  options: Readonly<Record<string, unknown>>,
  { bytes, statistics }: Pick<Prediction, 'bytes' | 'statistics'>,
  outcomes: readonly NodeOutcome[],
  /** Of the float ONNX model. */
  fileBytes: number,
): MethodPreview {
  const count = (kind: PlannedNode['outcome']): number =>
    outcomes.filter(({ outcome }) => (typeof outcome === 'string' ? outcome : 'float') === kind).length;
  return {
    id,
    title,
    options: { ...options },
    quantizedNodes: count('quantized'),
    absorbedNodes: count('absorbed'),
    floatNodes: count('float'),
    artifactBytes: bytes,
    sizeRatio: bytes / fileBytes,
    weightBytes: statistics.weightBytes,
    operators: { ...statistics.operators },
  };
}
