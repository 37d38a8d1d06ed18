/** Methods with their options: what each would make of one model, or why it does not fit. */
import type { MethodOutlook, MethodPreview } from '../contracts/preview.ts';
import type { Method } from '../core/quantization/method.ts';
import { isBitpressError } from '../errors.ts';
import { nodeOutcomes } from './node-outcomes.ts';
import type { Files } from './ports.ts';
import { type Prediction, predictArtifact } from './predict.ts';
import type { PreparedModel } from './prepared-model.ts';
import { previewOf } from './preview-of.ts';
import { refuseNothingQuantized } from './produce.ts';
import type { NodeOutcome } from './stage-results.ts';

export interface PreviewContext {
  readonly prepare: (minOpset: number) => Promise<PreparedModel>;
  /** Of the float ONNX model. */
  readonly fileBytes: number;
  readonly files: Files;
}

export interface Planned {
  readonly prepared: PreparedModel;
  readonly prediction: Prediction;
  readonly outcomes: readonly NodeOutcome[];
  readonly preview: MethodPreview;
}

/** @throws BitpressError nothing_quantized and those of preparing and planning */
export async function planCandidate(
  method: Method,
  options: Readonly<Record<string, unknown>>,
  { prepare, fileBytes, files }: PreviewContext,
): Promise<Planned> {
  const prepared = await prepare(method.opset?.(options) ?? 0);
  const prediction = predictArtifact(prepared, method, options, files);
  refuseNothingQuantized(method, prediction.plan);
  const outcomes = nodeOutcomes(prepared.fresh(), prediction.plan);
  return {
    prepared,
    prediction,
    outcomes,
    preview: previewOf(method, options, prediction, outcomes, fileBytes),
  };
}

/** @param optionsOf may refuse: then that is the problem which is shown */
export async function outlookOf(
  method: Method,
  optionsOf: () => Readonly<Record<string, unknown>>,
  context: PreviewContext,
): Promise<{ readonly outlook: MethodOutlook; readonly planned?: Planned }> {
  try {
    const planned = await planCandidate(method, optionsOf(), context);
    return { outlook: planned.preview, planned };
  } catch (error) {
    if (!isBitpressError(error)) throw error;
    return { outlook: { id: method.id, title: method.title, problem: error.message } };
  }
}
