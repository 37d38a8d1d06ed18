/** What a command sees of the terminal; a test gives its own. */
export interface CliIo {
  /** Results: what a pipe wants. */
  out(text: string): void;
  /** Progress, notes and errors. */
  err(text: string): void;
  /** Whether `err` is a terminal that can redraw a line. */
  readonly interactive: boolean;
  /** Whether `out` may be coloured. */
  readonly color: boolean;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Exit codes are part of the interface: scripts decide by them. */
export const EXIT = { pass: 0, error: 1, gateMissed: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
