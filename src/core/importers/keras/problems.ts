/** The three ways in which a Keras file is refused, each naming the layer. */
import { BitpressError } from '../../../errors.ts';
import type { LIMITS } from './limits.ts';

/** Something that Keras can do and this importer does not; `advice` says what to do instead. */
export function unsupported(layer: string, detail: string, advice?: string): BitpressError {
  return new BitpressError('model_unsupported', `Layer "${layer}": ${detail}`, {
    node: layer,
    ...(advice !== undefined && { hint: advice }),
  });
}

/** A config or a weight that breaks Keras's own rules. */
export function invalid(layer: string, field: string, detail: string): BitpressError {
  return new BitpressError('model_invalid', `Layer "${layer}", ${field}: ${detail}`, { node: layer, field });
}

export function exceeded(limit: keyof typeof LIMITS, detail: string): BitpressError {
  return new BitpressError('model_limit_exceeded', detail, { limit });
}

export function unreadable(detail: string, hint?: string, cause?: unknown): BitpressError {
  return new BitpressError('model_unreadable', detail, { ...(hint !== undefined && { hint }), cause });
}
