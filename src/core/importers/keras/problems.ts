/** The ways in which a Keras file is refused; where one layer is at fault, it is named. */
import { BitpressError } from '../../../errors.ts';
import type { LIMITS } from './limits.ts';

/** Something that Keras can do and this importer does not; `advice` says what to do instead. */
export function unsupported(layer: string, detail: string, advice?: string): BitpressError {
  return new BitpressError('model_unsupported', `Layer "${layer}": ${detail}`, {
    node: layer,
    ...(advice !== undefined && { hint: advice }),
  });
}

const CHECK_CONFIG =
  'Try the file with keras.models.load_model: where Keras takes it, save it again with model.save("model.keras") and send that file; where Keras refuses it too, mend this layer where the model is built.';
const CHECK_WEIGHTS =
  'The weights of the file are not those of its layers. Build the model, load the weights that belong to it, save both with model.save("model.keras") and send that file.';

/** A config that breaks Keras's own rules. */
export function invalid(layer: string, field: string, detail: string): BitpressError {
  return breach(layer, field, detail, CHECK_CONFIG);
}

/** A weight that is missing, or is not as the config of its layer says. */
export function invalidWeight(layer: string, weight: string, detail: string): BitpressError {
  return breach(layer, weight, detail, CHECK_WEIGHTS);
}

function breach(layer: string, field: string, detail: string, hint: string): BitpressError {
  return new BitpressError('model_invalid', `Layer "${layer}", ${field}: ${detail}`, {
    node: layer,
    field,
    hint,
  });
}

export function exceeded(limit: keyof typeof LIMITS, detail: string): BitpressError {
  return new BitpressError('model_limit_exceeded', detail, { limit });
}

export function unreadable(detail: string, hint?: string, cause?: unknown): BitpressError {
  return new BitpressError('model_unreadable', detail, { ...(hint !== undefined && { hint }), cause });
}
