/**
 * The picture of docs/architecture, as a test: which folder may import which, and through which one file each package
 * enters. A failure names the edge and the reason why it is not there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  /** Loaded when the code that wants it runs. */
  readonly lazy: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .sort();
const imports: readonly Import[] = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const source = readFileSync(join(SRC, file), 'utf8');
  const pattern =
    /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  return [...source.matchAll(pattern)].map(([, typeOnly, fixed, lazy]) => ({
    from: file,
    to: resolve(file, fixed ?? lazy!),
    typeOnly: typeOnly !== undefined,
    lazy: lazy !== undefined,
  }));
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(SRC, join(SRC, dirname(file), specifier)) : specifier;
}

/** The layer of a file of ours; files at the top are the entries. */
function layer(path: string): string {
  const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : path;
  return folder === 'errors.ts' || folder === 'registry.ts' || folder === 'version.ts'
    ? 'leaf'
    : folder === path
      ? 'entry'
      : folder;
}

const isOurs = (to: string): boolean => to.endsWith('.ts');

/** What each layer may import; everything imports the leaves and itself. */
const ALLOWED: Record<string, readonly string[]> = {
  leaf: [],
  core: [],
  contracts: ['core', 'pipeline'],
  pipeline: ['core', 'contracts'],
  platform: ['core', 'contracts', 'pipeline'],
  jobs: ['core', 'contracts', 'pipeline', 'platform'],
  api: ['core', 'contracts', 'pipeline', 'jobs'],
  client: ['contracts'],
  cli: ['core', 'contracts', 'pipeline', 'platform', 'jobs', 'client', 'entry'],
  entry: ['core', 'contracts', 'pipeline', 'platform', 'jobs', 'api', 'client', 'cli', 'entry'],
};

const REASONS: Record<string, string> = {
  leaf: 'errors and registry are imported by everything, so they import nothing',
  core: 'the core is pure: bytes and objects in, objects and bytes out',
  contracts: 'contracts are schemas derived from the core; they do no work',
  pipeline: 'the pipeline reaches the outside through ports.ts only, so that it can be tested and moved',
  platform: 'platform implements ports; it does not know who calls it',
  jobs: 'jobs do not know HTTP or the command line',
  api: 'the API reaches stores and sandboxes through ports and jobs, and never loads a runtime',
  client: 'users import the client: it knows the contract and nothing of the service',
  cli: 'the command line runs jobs as a worker does; HTTP is left to the entries',
  entry: '',
};

test('imports point down', () => {
  const crossed = imports
    .filter(({ to }) => isOurs(to))
    .filter(({ from, to }) => {
      const [source, target] = [layer(from), layer(to)];
      return target !== 'leaf' && source !== target && !ALLOWED[source]?.includes(target);
    })
    .map(({ from, to }) => `${from} -> ${to}: ${REASONS[layer(from)]}`);
  expect(crossed).toEqual([]);
});

test('contracts take types of the pipeline, never its code', () => {
  const crossed = imports.filter(
    ({ from, to }) =>
      layer(from) === 'contracts' && layer(to) === 'pipeline' && to !== 'pipeline/ports.ts' && isOurs(to),
  );
  expect(crossed).toEqual([]);
});

/** Where a package may be named, and why only there. */
const DOORS: readonly { readonly pattern: RegExp; readonly where: RegExp; readonly why: string }[] = [
  {
    pattern: /^onnxruntime-/,
    where: /^platform\/ort-runtime\.ts$/,
    why: 'one door to the native runtime; the server must never load it',
  },
  {
    pattern: /^@tensorflow\//,
    where: /^platform\/tfjs-runtime\.ts$/,
    why: 'the engine of Keras models is optional and has one door',
  },
  {
    pattern: /^sharp$/,
    where: /^platform\/dataset\/decode-image\.ts$/,
    why: 'images are decoded in one file, which closes the formats that are not wanted',
  },
  {
    pattern: /^openapi-fetch$/,
    where: /^client\//,
    why: 'the service does not call itself',
  },
  {
    pattern: /^h5wasm/,
    where: /^core\/importers\/keras\/container\/hdf5-library\.ts$/,
    why: 'the library is started in one file, which bounds its memory',
  },
  {
    pattern: /^(fastify$|@fastify\/|@tus\/)/,
    where: /^api\//,
    why: 'HTTP stops at api/',
  },
  {
    pattern: /^prom-client$/,
    where: /^platform\/prometheus\.ts$/,
    why: 'what is counted is a port; how it is shown is one file',
  },
  {
    pattern: /^(bullmq|ioredis|@electric-sql\/pglite)/,
    where: /^jobs\//,
    why: 'the queue stops at jobs/',
  },
  {
    pattern: /^@aws-sdk\//,
    where: /^platform\/stores\/s3\.ts$/,
    why: 'object storage is one store among others; who does not use it never loads its SDK',
  },
  {
    pattern: /^(protobufjs|long$)/,
    where: /^core\/onnx\/(message|rope)\.ts$/,
    why: 'the wire format is read in one file and written in another',
  },
  {
    pattern:
      /^(node:)?(fs|net|http|https|http2|dns|tls|child_process|worker_threads|os|cluster|timers|inspector|process)(\/.*)?$/,
    where: /^(?!core\/|contracts\/)/,
    why: 'core and contracts have no effects: no files, network, processes or clocks',
  },
];

test('packages and effects enter through their own door', () => {
  const crossed = imports.flatMap(({ from, to, typeOnly }) =>
    DOORS.filter(door => door.pattern.test(to) && !door.where.test(from) && !typeOnly).map(
      door => `${from} -> ${to}: ${door.why}`,
    ),
  );
  expect(crossed).toEqual([]);
});

test('the process of a job loads few packages before it knows its task', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, to, typeOnly, lazy } of imports) if (from === file && !typeOnly && !lazy) visit(to);
  };
  visit('sandbox.ts');
  const packages = [...reached].filter(to => !isOurs(to) && !to.startsWith('node:'));
  // Every job pays for each in time and memory; ADR 27.
  expect(packages.sort()).toEqual(['long', 'onnxruntime-node', 'protobufjs/minimal.js', 'yauzl']);
});

test('only config.ts reads the environment', () => {
  const readers = files
    .filter(file => file !== 'config.ts')
    .filter(file => /\bprocess\s*\.\s*env\b|\bprocess\[['"]env/.test(readFileSync(join(SRC, file), 'utf8')));
  expect(readers).toEqual([]);
});

test('the core has no clock and no chance', () => {
  const readers = files
    .filter(file => file.startsWith('core/'))
    .filter(file =>
      /\b(Date\.now|new Date\(|performance\.now|Math\.random)\b/.test(
        code(readFileSync(join(SRC, file), 'utf8')),
      ),
    );
  expect(readers).toEqual([]);
});

/** The source without comments, so that a comment may name what the code must not use. */
function code(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

test('no import cycles', () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports)
    if (isOurs(to) && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push([...path.slice(start), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});
