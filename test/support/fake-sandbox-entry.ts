/** How the fake sandbox is started, and what it is given to do. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobTask } from '../../src/jobs/sandbox-protocol.ts';
import type { ChildEntry } from '../../src/platform/child-entry.ts';

export const fakeSandbox: ChildEntry = {
  path: fileURLToPath(new URL('./fake-sandbox.mjs', import.meta.url)),
  execArgv: [],
};

/** A job in a folder of its own, whose model is the text that tells the sandbox what to do. */
export function fakeTask(directory: string, text: string): JobTask {
  const path = join(directory, 'model.onnx');
  const outDir = join(directory, 'out');
  writeFileSync(path, text);
  mkdirSync(outDir, { recursive: true });
  return {
    kind: 'job',
    modelFiles: [{ name: 'model.onnx', path }],
    spec: { method: { type: 'convert' }, target: 'cpu', repair: true, benchmark: true },
    workDir: directory,
    outDir,
    provenance: { model: '' },
  };
}
