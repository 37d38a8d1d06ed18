/**
 * The port of what is counted and timed for operators.
 *
 * Invariant: every process counts what it did itself, so sums over servers and workers are right; only the queue's depth is
 * the same on every server.
 */
export type JobOutcome = 'succeeded' | 'failed' | 'cancelled' | 'returned';

/** Of one attempt: `failed` is tried again, `abandoned` is not. */
export type WebhookOutcome = 'delivered' | 'failed' | 'abandoned';

export interface JobTimes {
  /** From its submission to its start. */
  readonly waitedSeconds: number;
  readonly ranSeconds: number;
  /** Of each stage that it came to. */
  readonly stageSeconds: Readonly<Record<string, number>>;
}

export interface Meters {
  /** @param route its pattern and never a path: a label for each id would grow without end */
  request(method: string, route: string, status: number, seconds: number): void;
  /** A file that is in the store. */
  uploaded(bytes: number): void;
  job(method: string, outcome: JobOutcome, times: JobTimes): void;
  /** A sandbox that did not answer. @param reason the code of its error */
  sandboxDied(task: string, reason: string): void;
  /** An attempt to deliver one. */
  webhook(outcome: WebhookOutcome): void;
  /** Asked whenever the metrics are read. */
  watchQueue(counts: () => Promise<Readonly<Record<string, number>>>): void;
  /** In Prometheus' text format. */
  readonly contentType: string;
  text(): Promise<string>;
}
