/**
 * Shows how far a job is: one bar that is redrawn on a terminal, one line a stage elsewhere (CI logs).
 *
 * cli-progress enters here and nowhere else.
 */
import cliProgress from 'cli-progress';
import { type Progress, STAGES } from '../pipeline/ports.ts';
import { plainText } from '../pipeline/render/plain-text.ts';
import type { CliIo } from './io.ts';

export interface ProgressView {
  update(progress: Progress): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

/** Steps of the bar within one stage. */
const STEPS = 100;

export function progressView(io: CliIo): ProgressView {
  return io.interactive ? bar() : lines(io);
}

function bar(): ProgressView {
  const single = new cliProgress.SingleBar({
    format: '{bar} {stage} {message}',
    barsize: 28,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    linewrap: false,
    stream: process.stderr,
  });
  single.start(STAGES.length * STEPS, 0, { stage: '', message: '' });
  return {
    update({ stage, fraction, message = '' }) {
      const done = STAGES.indexOf(stage) * STEPS + Math.round(fraction * STEPS);
      single.update(done, { stage, message: plainText(message) });
    },
    stop: () => single.stop(),
  };
}

function lines(io: CliIo): ProgressView {
  let last: string | undefined;
  return {
    update({ stage, message }) {
      if (stage === last) return;
      last = stage;
      io.err(message ? `${stage}: ${plainText(message)}` : stage);
    },
    stop: () => {},
  };
}
