/** An error as three lines on the terminal: title, detail, hint. An unexpected one keeps its stack for the report. */
import { isBitpressError, toProblem } from '../errors.ts';
import { plainText } from '../pipeline/render/plain-text.ts';
import type { CliIo } from './io.ts';

export function showProblem(error: unknown, io: CliIo): void {
  if (!isBitpressError(error)) {
    io.err(
      `Something went wrong: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return;
  }
  const { title, detail, hint } = toProblem(error);
  const line = (text: string): string => text.split(' ').map(plainText).join(' ');
  io.err(`${title}: ${line(detail)}`);
  if (hint !== '') io.err(line(hint));
}
