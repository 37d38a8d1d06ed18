/** How the fake sandbox is started. */
import { fileURLToPath } from 'node:url';
import type { ChildEntry } from '../../src/platform/child-entry.ts';

export const fakeSandbox: ChildEntry = {
  path: fileURLToPath(new URL('./fake-sandbox.mjs', import.meta.url)),
  execArgv: [],
};
