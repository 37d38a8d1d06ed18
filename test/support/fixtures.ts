/**
 * Where the shared fixtures lie (trained models, micro graphs, Keras files): beside the repository, when they are there.
 *
 * A test that needs them is skipped by name where they are absent:  describe.skipIf(!hasFixtures)('... (needs fixtures)')
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/fixtures/', import.meta.url));

export const hasFixtures: boolean = existsSync(root);

/** @param path relative to the fixtures folder, e.g. `zoo/tiny_gpt/model.onnx` */
export function fixture(path: string): string {
  return root + path;
}
