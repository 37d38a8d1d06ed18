/**
 * How a child process or a thread of ours is started: the entry file beside server.ts, built or from source.
 *
 * Invariant: the child sees no environment of the parent but what it needs to find its own files.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface ChildEntry {
  readonly path: string;
  /** Flags for Node: sources are TypeScript and need a loader, built files do not. */
  readonly execArgv: readonly string[];
  /** A command that becomes the one named after it: `[command, ...its arguments]`. */
  readonly wrapper?: readonly [string, ...string[]];
}

/** How node is started for an entry, as `fork` wants to be told. */
export function nodeCommand({ wrapper, execArgv }: ChildEntry): {
  readonly execPath: string;
  readonly execArgv: string[];
} {
  if (!wrapper) return { execPath: process.execPath, execArgv: [...execArgv] };
  const [execPath, ...before] = wrapper;
  return { execPath, execArgv: [...before, process.execPath, ...execArgv] };
}

/** @param name of the entry, e.g. `sandbox` for src/sandbox.ts or dist/sandbox.js */
export function childEntry(name: string): ChildEntry {
  const built = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
  if (existsSync(built)) return { path: built, execArgv: [] };
  return {
    path: fileURLToPath(new URL(`../${name}.ts`, import.meta.url)),
    execArgv: ['--import', import.meta.resolve('tsx')],
  };
}

export interface ThreadEntry {
  /** A path, or what `eval` evaluates. */
  readonly source: string;
  readonly eval: boolean;
}

/** The same for `new Worker`, which takes no loader by a flag: a line of code registers it. */
export function threadEntry(name: string): ThreadEntry {
  const { path, execArgv } = childEntry(name);
  if (execArgv.length === 0) return { source: path, eval: false };
  const [loader, entry] = [import.meta.resolve('tsx/esm/api'), pathToFileURL(path).href];
  return {
    source: `import('${loader}').then(({ register }) => (register(), import('${entry}')));`,
    eval: true,
  };
}
