/** Runs one side of one task in a process of its own, and takes its one line of JSON. */
import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ALLOCATOR_ENV } from '../src/platform/allocator.ts';
import { V8_FLAGS } from '../src/platform/v8-flags.ts';

const local = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Compiles the benchmark and the sources under it, so that no child carries a loader of TypeScript. */
export function compile(): void {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(dirname(typescript), 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', local('tsconfig.json')], { stdio: 'inherit' });
}

/** A compiled module of this folder, run as a sandbox is. */
export const node = (name: string): Program => ({
  command: process.execPath,
  args: [...V8_FLAGS, local(`.files/build/bench/${name}.js`)],
  env: ALLOCATOR_ENV,
});

export const python = (interpreter: string, file: string): Program => ({
  command: interpreter,
  args: [local(file)],
});

export function runChild<Answer>({ command, args, env }: Program, task: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, JSON.stringify(task)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', chunk => {
      out += chunk;
    });
    child.stderr.on('data', chunk => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const line = out.trim().split('\n').at(-1) ?? '';
      if (code === 0 && line.startsWith('{')) resolve(JSON.parse(line) as Answer);
      else reject(new Error(`${command} ended with ${signal ?? code}: ${err.trim().slice(-2000)}`));
    });
  });
}
