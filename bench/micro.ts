/**
 * Graphs of one to three nodes in every mode of the reference: operators written and SQNR reached, as a Markdown table.
 *
 *   npx tsx bench/micro.ts FIXTURES/micro > docs/micro-graphs.md
 *
 * FIXTURES/micro holds manifest.json, with what onnxruntime.quantization gets, and a folder for each graph. As there: all
 * samples of calib.npz calibrate, and the first output on the first of them is compared, optimisations on.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '../src/contracts/parse-spec.ts';
import { bindDataset } from '../src/core/data/bind.ts';
import { modelStatistics } from '../src/core/ir/statistics.ts';
import { readModel } from '../src/core/onnx/read.ts';
import { isBitpressError } from '../src/errors.ts';
import { comparePair } from '../src/pipeline/compare-pair.ts';
import { runJob } from '../src/pipeline/run-job.ts';
import { jobFiles } from '../src/platform/job-files.ts';
import { ortRuntime } from '../src/platform/ort-runtime.ts';
import { localPorts } from '../test/support/local-ports.ts';
import { type Outcome, renderMicro } from './micro-table.ts';

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

async function measure(folder: string, method: Readonly<Record<string, unknown>>): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-micro-'));
  try {
    const [workDir, outDir] = ['work', 'out'].map(name => join(directory, name)) as [string, string];
    for (const path of [workDir, outDir]) mkdirSync(path);
    const [model, samples] = [join(folder, 'model.onnx'), join(folder, 'calib.npz')];
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
    const artifact = join(outDir, 'model.onnx');
    return {
      operators: modelStatistics(readModel(readFileSync(artifact))).operators,
      sqnrDb: await firstOutput(model, artifact, samples, workDir),
      reasons: report.floatReasons.map(({ reason, operators }) => ({
        reason,
        operators: Object.keys(operators),
      })),
    };
  } catch (error) {
    if (isBitpressError(error)) return { refused: error.code };
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function firstOutput(
  model: string,
  artifact: string,
  samples: string,
  workDir: string,
): Promise<number> {
  const session = await ortRuntime.open(model, { optimization: 'off' });
  const { inputs, outputs } = session;
  await session.close();
  const dataset = await jobFiles.openDataset(samples, workDir);
  try {
    const bound = bindDataset(dataset, inputs, outputs, { ignoreLabels: true });
    const pair = { reference: model, candidate: artifact };
    const options = { optimization: 'all', limit: 1 } as const;
    const result = await comparePair(ortRuntime, pair, bound, options, localPorts.signal);
    return result.outputs[0]?.figures.sqnrDb ?? Number.POSITIVE_INFINITY;
  } finally {
    dataset.close();
  }
}

const root = process.argv[2];
if (root === undefined)
  throw new Error('say where the micro graphs are: npx tsx bench/micro.ts FIXTURES/micro');
const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8')) as Manifest;
const modes = new Map<string, { name: string; ours: Outcome; reference: Outcome }[]>();
for (const [mode, method] of Object.entries(MODES)) {
  const rows = [];
  for (const { name, reference } of manifest.cases) {
    const theirs = reference[mode] ?? {};
    const { ops, sqnr_db, quantize_error } = theirs;
    rows.push({
      name,
      ours: await measure(join(root, name), method),
      reference: ops ? { operators: ops, sqnrDb: sqnr_db, reasons: [] } : { refused: quantize_error ?? '' },
    });
  }
  modes.set(mode, rows);
  process.stderr.write(`${mode}\n`);
}
process.stdout.write(renderMicro(modes));
