/**
 * How a failure is kept in the queue: as the problem, in JSON, where BullMQ keeps the message of an error.
 *
 * Invariant: what was written here is read here; whatever else stands there is a worker's death.
 */
import { BitpressError, CATALOGUE, type ErrorCode, type ProblemBody, toProblem } from '../errors.ts';

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

/** Ends of a sandbox that nobody asked for: by the model's fault or by ours, worth a look. */
export const DEATHS: readonly ErrorCode[] = ['sandbox_died', 'out_of_memory', 'timeout'];

/** Level of its line in the log: what is wrong with a job itself is its user's matter and no trouble of the service. */
export function levelOf(error: unknown): 'info' | 'warn' | 'error' {
  const { code, status } = toProblem(error);
  if (DEATHS.includes(code)) return 'warn';
  return status < 500 ? 'info' : 'error';
}
