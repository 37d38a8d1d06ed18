/**
 * What a graph pass is, and how a list of passes is run.
 *
 * Invariant: a pass leaves the model valid, keeps what it computes, and says in `changed` whether it did anything.
 * When one fails, the error lists the passes that had already run.
 */
import { BitpressError, isBitpressError } from '../../errors.ts';
import type { Identified } from '../../registry.ts';
import type { Model } from '../ir/model.ts';
import { validate } from '../ir/validate.ts';

export interface PassResult {
  /** Number of places that were rewritten; 0 where the model is as before. */
  readonly changed: number;
  /** What a user may want to know, for the report. */
  readonly notes?: readonly string[];
}

export interface Pass extends Identified {
  /** What it does, in one sentence, and why it stands where it stands in the list. */
  readonly summary: string;
  run(model: Model): PassResult;
}

/** Runs passes in order; validates after each. @throws BitpressError of the pass, or model_invalid naming it. */
export function runPasses(model: Model, passes: readonly Pass[]): readonly string[] {
  const notes: string[] = [];
  const done: string[] = [];
  for (const pass of passes) {
    try {
      const result = pass.run(model);
      if (result.changed > 0) validate(model);
      notes.push(...(result.notes ?? []));
    } catch (error) {
      if (isBitpressError(error) && error.code !== 'model_invalid') throw error;
      const after = done.length > 0 ? ` (after ${done.join(', ')})` : '';
      throw new BitpressError(
        'model_invalid',
        `pass ${pass.id}${after}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
    done.push(pass.id);
  }
  return notes;
}
