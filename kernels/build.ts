/**
 * `npm run kernels`: compiles assembly/ with AssemblyScript into src/core/kernels/binary.generated.ts, which is checked in.
 *
 * Invariant: the file records the hash of everything it was made from, compiler version and flags included; a test
 * asserts that it still holds (test/core/kernels/binary.test.ts).
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SOURCES = fileURLToPath(new URL('assembly/', import.meta.url));
const TARGET = fileURLToPath(new URL('../src/core/kernels/binary.generated.ts', import.meta.url));

/** Run by npx and no dependency: its binaryen is 94 MB, and only who changes a kernel needs it (docs/adr/0021). */
const COMPILER = 'assemblyscript@0.28.20';
const FLAGS = [
  ...['-O3', '--converge', '--noAssert', '--enable', 'simd'],
  // Kernels allocate nothing: memory is given out by src/core/kernels/memory.ts.
  ...['--runtime', 'stub', '--bindings', 'raw'],
  // 64 KiB each: what 32-bit addresses reach. KernelMemory sets narrower limits.
  ...['--initialMemory', '1', '--maximumMemory', '65536'],
] as const;

/** Of the sources' names and texts, the compiler and its flags. */
export function sourcesHash(): string {
  const hash = createHash('sha256').update([COMPILER, ...FLAGS].join(' '));
  for (const name of readdirSync(SOURCES).sort()) {
    const text = readFileSync(join(SOURCES, name), 'utf8').replaceAll('\r\n', '\n');
    hash.update(`\n${name}\n${text}`);
  }
  return hash.digest('hex');
}

function compile(): { readonly binary: Buffer; readonly signatures: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'bitpress-kernels-'));
  const output = join(folder, 'kernels.wasm');
  try {
    const asc = ['--yes', '-p', COMPILER, 'asc', join(SOURCES, 'index.ts'), '--outFile', output, ...FLAGS];
    execFileSync('npx', asc, { stdio: ['ignore', 'inherit', 'inherit'] });
    const declared = readFileSync(join(folder, 'kernels.d.ts'), 'utf8');
    const signatures = [...declared.matchAll(/export function (.*);/g)].map(([, signature]) => signature!);
    return { binary: readFileSync(output), signatures };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function main(): void {
  const { binary, signatures } = compile();
  const lines = [
    '/** Made by `npm run kernels` from kernels/assembly. Not to be edited. */',
    '',
    '/** The functions of the binary; addresses and lengths are unsigned 32-bit integers. */',
    'export interface Kernels {',
    ...signatures.map(signature => `  ${signature};`),
    '}',
    '',
    `export const SOURCES_SHA256 = '${sourcesHash()}';`,
    '',
    '/** A WebAssembly module in base64. */',
    'export const BINARY =',
    ...binary
      .toString('base64')
      .match(/.{1,104}/g)!
      .map((line, i) => `  ${i === 0 ? '' : '+ '}'${line}'`),
  ];
  writeFileSync(TARGET, `${lines.join('\n')};\n`);
  process.stdout.write(`${signatures.length} functions, ${binary.length} bytes\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
