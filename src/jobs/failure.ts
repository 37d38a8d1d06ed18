/**
 * How a failure is kept in the queue: as the problem, in JSON, where BullMQ keeps the message of an error.
 *
 * Invariant: what was written here is read here; whatever else stands there is a worker's death.
 */
import { BitpressError, CATALOGUE, type ProblemBody, toProblem } from '../errors.ts';

export function writeFailure(error: unknown): string {
  return JSON.stringify(toProblem(error));
}

export function readFailure(reason: string): ProblemBody {
  try {
    const problem = JSON.parse(reason) as ProblemBody;
    if (problem.code in CATALOGUE) return problem;
  } catch {
    // Written by the queue: the job stalled more often than a worker may die of it.
  }
  return toProblem(new BitpressError('sandbox_died', 'the worker running the job died twice'));
}

/** What went wrong in the sandbox follows from the job's own files; outside of it only infrastructure errors pass. */
export function isWorthAnotherTry(error: unknown): boolean {
  return CATALOGUE[toProblem(error).code].retryable;
}
