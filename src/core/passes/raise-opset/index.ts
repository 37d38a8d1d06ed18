/** Placeholder until the adapters land. */
import type { Model } from '../../ir/model.ts';
import type { PassResult } from '../pass.ts';

export function raiseOpset(_model: Model, _target: number): PassResult {
  return { changed: 0 };
}
