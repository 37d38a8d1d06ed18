/**
 * Graphs of one to three nodes in every mode of the reference: operators written and SQNR reached, as a Markdown table.
 *
 *   python bench/micro-reference.py FIXTURES/micro REFERENCE
 *   npx tsx bench/micro.ts FIXTURES/micro REFERENCE > docs/micro-graphs.md
 *
 * FIXTURES/micro holds manifest.json, with what onnxruntime.quantization gets, and a folder for each graph. As there: all
 * samples of calib.npz calibrate, and the first output on the first of them is compared, optimisations on. REFERENCE holds
 * 64 samples for each graph and what onnxruntime.quantization makes of them; both sides are judged here, on all of them.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '../src/contracts/parse-spec.ts';
import type { Report } from '../src/contracts/report.ts';
import { bindDataset } from '../src/core/data/bind.ts';
import { modelStatistics } from '../src/core/ir/statistics.ts';
import { readModel } from '../src/core/onnx/read.ts';
import { isBitpressError } from '../src/errors.ts';
import { comparePair } from '../src/pipeline/compare-pair.ts';
import { runJob } from '../src/pipeline/run-job.ts';
import { jobFiles } from '../src/platform/job-files.ts';
import { ortRuntime } from '../src/platform/ort-runtime.ts';
import { localPorts } from '../test/support/local-ports.ts';
import { type ManySamples, type Outcome, type Row, renderMicro } from './micro-table.ts';

interface Manifest {
  readonly reference: string;
  readonly cases: readonly {
    readonly name: string;
    readonly reference: Readonly<Record<string, ReferenceOutcome | undefined>>;
  }[];
}

interface ReferenceOutcome {
  readonly ops?: Readonly<Record<string, number>>;
  readonly sqnr_db?: number;
  readonly quantize_error?: string;
}

const staticInt8 = (options: Readonly<Record<string, unknown>>) => ({
  type: 'static-int8',
  perChannel: false,
  calibrator: { type: 'min-max' },
  ...options,
});
const dynamic = (weight: string) => ({ type: 'dynamic-int8', perChannel: false, convolutions: true, weight });

/** The mode's name in the manifest, and the same types here. */
const MODES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  qdq_u8s8: staticInt8({}),
  qdq_u8s8_perchannel: staticInt8({ perChannel: true }),
  qdq_s8s8_symact: staticInt8({ activation: 'int8', symmetricActivation: true }),
  qdq_u16s8: staticInt8({ activation: 'uint16' }),
  qop_u8s8: staticInt8({ format: 'qoperator' }),
  qop_u8u8: staticInt8({ format: 'qoperator', weight: 'uint8' }),
  dynamic_s8: dynamic('int8'),
  dynamic_u8: dynamic('uint8'),
};

/** Runs the job, calls `use` with what it wrote, and takes everything away again. */
async function quantized<T>(
  model: string,
  samples: string,
  method: Readonly<Record<string, unknown>>,
  use: (artifact: string, report: Report) => Promise<T>,
): Promise<T | { readonly refused: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-micro-'));
  try {
    const [workDir, outDir] = ['work', 'out'].map(name => join(directory, name)) as [string, string];
    for (const path of [workDir, outDir]) mkdirSync(path);
    const digest = '0'.repeat(64);
    const isStatic = method.type === 'static-int8';
    const { report } = await runJob(
      {
        modelFiles: [{ name: 'model.onnx', path: model }],
        ...(isStatic && { calibration: samples }),
        evaluation: samples,
        spec: parseSpec({
          method,
          ...(isStatic && { calibration: digest }),
          evaluation: digest,
          benchmark: false,
          repair: false,
        }),
        workDir,
        outDir,
        provenance: { model: digest },
      },
      localPorts,
    );
    return await use(join(outDir, 'model.onnx'), report);
  } catch (error) {
    if (isBitpressError(error)) return { refused: error.code };
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** As the manifest's figures were taken. */
function onOneSample(folder: string, method: Readonly<Record<string, unknown>>): Promise<Outcome> {
  const [model, samples] = [join(folder, 'model.onnx'), join(folder, 'calib.npz')];
  return quantized(model, samples, method, async (artifact, report) => ({
    operators: modelStatistics(readModel(readFileSync(artifact))).operators,
    sqnrDb: await firstOutput(model, artifact, samples, 1),
    reasons: report.floatReasons.map(({ reason, operators }) => ({
      reason,
      operators: Object.keys(operators),
    })),
  }));
}

async function onManySamples(
  model: string,
  reference: string,
  mode: string,
  method: Readonly<Record<string, unknown>>,
): Promise<ManySamples> {
  const samples = join(reference, 'samples.npz');
  const judge = async (artifact: string): Promise<number | undefined> => {
    if (!existsSync(artifact)) return undefined;
    // What the reference wrote may not load.
    return firstOutput(model, artifact, samples).catch(() => undefined);
  };
  const ours = await quantized(model, samples, method, artifact => firstOutput(model, artifact, samples));
  return {
    ours: typeof ours === 'number' ? ours : undefined,
    reference: await judge(join(reference, `${mode}.onnx`)),
    folded: await judge(join(reference, `${mode}.folded.onnx`)),
  };
}

async function firstOutput(
  model: string,
  artifact: string,
  samples: string,
  limit?: number,
): Promise<number> {
  const session = await ortRuntime.open(model, { optimization: 'off' });
  const { inputs, outputs } = session;
  await session.close();
  const workDir = mkdtempSync(join(tmpdir(), 'bitpress-micro-'));
  const dataset = await jobFiles.openDataset(samples, workDir);
  try {
    const bound = bindDataset(dataset, inputs, outputs, { ignoreLabels: true });
    const pair = { reference: model, candidate: artifact };
    const options = { optimization: 'all', ...(limit !== undefined && { limit }) } as const;
    const result = await comparePair(ortRuntime, pair, bound, options, localPorts.signal);
    return result.outputs[0]?.figures.sqnrDb ?? Number.POSITIVE_INFINITY;
  } finally {
    dataset.close();
    rmSync(workDir, { recursive: true, force: true });
  }
}

const [root, referenceRoot] = process.argv.slice(2);
if (root === undefined || referenceRoot === undefined)
  throw new Error(
    'say where the graphs and the reference are: npx tsx bench/micro.ts FIXTURES/micro REFERENCE',
  );
const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8')) as Manifest;
const modes = new Map<string, Row[]>();
for (const [mode, method] of Object.entries(MODES)) {
  const rows: Row[] = [];
  for (const { name, reference } of manifest.cases) {
    const theirs = reference[mode] ?? {};
    const { ops, sqnr_db, quantize_error } = theirs;
    const folder = join(root, name);
    rows.push({
      name,
      ours: await onOneSample(folder, method),
      reference: ops ? { operators: ops, sqnrDb: sqnr_db, reasons: [] } : { refused: quantize_error ?? '' },
      many: await onManySamples(join(folder, 'model.onnx'), join(referenceRoot, name), mode, method),
    });
  }
  modes.set(mode, rows);
  process.stderr.write(`${mode}\n`);
}
process.stdout.write(renderMicro(modes));
