/** An error as three lines on the terminal: title, detail, hint. An unexpected one keeps its stack for the report. */
import { CATALOGUE, type ErrorCode, isBitpressError, toProblem } from '../errors.ts';
import { plainText } from '../pipeline/render/plain-text.ts';
import type { CliIo } from './io.ts';

/** The catalogue's hints speak to clients of the API; here they name flags. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  calibration_required: 'Add --calibration calib.npz, or --calibration synthetic for random data.',
  external_data_refused: 'Name the data files after the model: bitpress quantize model.onnx weights.bin',
  invalid_spec: '"bitpress methods" lists every method with its options.',
  out_of_memory: 'Raise --memory, or use a smaller batch.',
  timeout: 'Raise --timeout, or use fewer samples.',
};

export function showProblem(error: unknown, io: CliIo): void {
  if (!isBitpressError(error)) {
    io.err(
      `Something went wrong: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return;
  }
  const { code, title, detail, hint: given } = toProblem(error);
  const hint = given === CATALOGUE[code].hint ? (HINTS[code] ?? given) : given;
  const line = (text: string): string => text.split(' ').map(plainText).join(' ');
  io.err(`${title}: ${line(detail)}`);
  if (hint !== '') io.err(line(hint));
}
