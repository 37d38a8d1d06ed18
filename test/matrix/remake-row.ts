/** The artifact of a row of the baseline, made again by the reference's own Python. */
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MatrixCase } from './cases.ts';

const SCRIPT = fileURLToPath(new URL('reference.py', import.meta.url));

/** @param python interpreter with onnx and onnxruntime @throws Error where the reference fails or there is no recipe for the row */
export function remakeRow(python: string, { model }: MatrixCase, row: string, out: string): string {
  execFileSync(python, [SCRIPT, dirname(model), row, out], { stdio: ['ignore', 'ignore', 'inherit'] });
  return out;
}
