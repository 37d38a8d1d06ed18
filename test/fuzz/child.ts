/**
 * A process that works through cases of a campaign, one after the other, and says before each which one it is: when the
 * process dies or hangs, its parent knows the culprit.
 *
 * A job has a process of its own; here files share one, and one of them may damage the HDF5 library for those after it. What
 * ends as `internal` is therefore said to be spoiled, for another process to begin with; in a fresh one it is a finding.
 */

import { loadCorpus } from './corpus.ts';
import { exerciseJob } from './exercise-job.ts';
import { exerciseReader, type Outcome } from './exercise-reader.ts';
import { caseOf } from './mutants.ts';

export interface Start {
  readonly target: Target;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}
export type Target = 'reader' | 'job';
export type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'begin'; readonly index: number }
  | { readonly type: 'end'; readonly index: number; readonly outcome: Outcome; readonly ms: number }
  | { readonly type: 'spoiled'; readonly index: number }
  | { readonly type: 'finding'; readonly index: number; readonly text: string };

const EXERCISES = { reader: exerciseReader, job: exerciseJob } as const;

process.once('message', async ({ target, seed, from, to }: Start) => {
  const corpus = await loadCorpus();
  say({ type: 'ready' });
  for (let index = from; index < to; index++) {
    say({ type: 'begin', index });
    const began = performance.now();
    try {
      const outcome = await EXERCISES[target](caseOf(corpus, seed, index));
      if (outcome.code === 'internal') {
        if (index === from) throw new Error(`${outcome.stage}: a file alone ends as "internal"`);
        say({ type: 'spoiled', index });
        break;
      }
      say({ type: 'end', index, outcome, ms: performance.now() - began });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const text = `${(error as Error).message}\n${cause instanceof Error ? (cause.stack ?? '') : ''}`;
      say({ type: 'finding', index, text });
    }
    // Lets messages out.
    await new Promise(resolve => setImmediate(resolve));
  }
  process.disconnect();
});

function say(message: Message): void {
  process.send?.(message);
}
