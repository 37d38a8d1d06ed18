/**
 * What a job takes: peak resident memory of its sandbox and that of the sandbox and its children together, by stage, as the
 * limit of a job counts it, beside what the preview says that it will take.
 *
 * Options: --model FILE, --data FILE (weights beside it), --calibration FILE, --evaluation FILE, --spec JSON (default
 * {"method": "weight-only-int4"}; datasets are named in it by this program). Prints one JSON line. Linux only.
 */
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseSpec } from '../src/contracts/parse-spec.ts';
import type { Report } from '../src/contracts/report.ts';
import { runSandbox } from '../src/jobs/supervisor.ts';
import type { Stage } from '../src/pipeline/ports.ts';
import { watchSandbox } from '../test/support/watch-sandbox.ts';
import { compile } from './child.ts';

const LIMITS = { timeoutSeconds: 7200, memoryMb: 32_768 };
const entry = {
  path: fileURLToPath(new URL('.files/build/src/sandbox.js', import.meta.url)),
  execArgv: [],
};

type Peaks = Partial<Record<Stage, number>>;

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    calibration: { type: 'string' },
    evaluation: { type: 'string' },
    spec: { type: 'string', default: '{"method": "weight-only-int4"}' },
    folder: { type: 'string', default: tmpdir() },
    'no-compile': { type: 'boolean', default: false },
  },
});

if (!flags['no-compile']) compile();
const directory = mkdtempSync(join(flags.folder, 'bitpress-job-memory-'));
try {
  process.stdout.write(`${JSON.stringify(await measureJob())}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function measureJob(): Promise<object> {
  const input = {
    modelFiles: [flags.model, flags.data].flatMap(path => (path === undefined ? [] : [placed(path)])),
    ...(flags.calibration !== undefined && { calibration: placed(flags.calibration).path }),
    ...(flags.evaluation !== undefined && { evaluation: placed(flags.evaluation).path }),
    spec: parseSpec({
      ...JSON.parse(flags.spec),
      ...(flags.calibration !== undefined && { calibration: '0'.repeat(64) }),
      ...(flags.evaluation !== undefined && { evaluation: '0'.repeat(64) }),
    }),
  };
  const [previewDir, workDir, outDir] = ['preview', 'work', 'out'].map(made) as [string, string, string];
  const options = { entry, directory, limits: LIMITS, signal: new AbortController().signal };
  const preview = await runSandbox<'preview'>({ kind: 'preview', ...input, workDir: previewDir }, options);
  rmSync(previewDir, { recursive: true });

  const alone: Peaks = {};
  const together: Peaks = {};
  let stage: Stage = 'importing';
  const started = performance.now();
  const job = { kind: 'job', ...input, workDir, outDir, provenance: { model: '0'.repeat(64) } } as const;
  const run = () =>
    runSandbox<'job'>(job, {
      ...options,
      onProgress({ stage: now, message = '' }) {
        if (now === stage) return;
        process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s: ${now} ${message}\n`);
        stage = now;
      },
    });
  const { verdict, headline } = await watchSandbox(entry.path, run, (own, all) => {
    alone[stage] = Math.max(alone[stage] ?? 0, own);
    together[stage] = Math.max(together[stage] ?? 0, all);
  });
  const { repair, outputs, stageMs } = JSON.parse(
    readFileSync(join(outDir, 'report.json'), 'utf8'),
  ) as Report;
  return {
    model: basename(flags.model ?? ''),
    spec: flags.spec,
    estimate: preview.memoryBytes,
    peak: Math.max(0, ...Object.values(together)),
    alone,
    together,
    seconds: (performance.now() - started) / 1000,
    ...{ verdict, headline, repair, outputs, stageMs },
  };
}

/** A file of the sandbox, as jobs get theirs. */
function placed(file: string): { readonly name: string; readonly path: string } {
  const path = join(directory, basename(file));
  linkSync(file, path);
  return { name: basename(file), path };
}

function made(name: string): string {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
}
