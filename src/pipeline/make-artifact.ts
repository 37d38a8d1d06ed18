/** One method on one job, up to a verified artifact: prepare, rewrite, calibrate, quantize, verify, repair. */
import type { Observers } from '../core/calibration/observers.ts';
import type { Method } from '../core/quantization/method.ts';
import { calibrate } from './calibrate.ts';
import type { Ports } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { produceArtifact } from './produce.ts';
import type { Repaired } from './repair.ts';
import { rewriteModel } from './rewrite.ts';
import { type Rounded, roundWeights } from './round-weights.ts';
import type { JobSamples } from './samples.ts';
import type { StageClock } from './stage-clock.ts';
import type { Gates } from './stage-results.ts';

export interface MakeRequest {
  readonly method: Method;
  readonly options: Readonly<Record<string, unknown>>;
  /** The prepared model of an opset at least this high. */
  readonly prepare: (minOpset: number) => Promise<PreparedModel>;
  /** The imported model as a file. */
  readonly importedPath: string;
  readonly samples: JobSamples;
  readonly gates: Gates;
  readonly repair: boolean;
  readonly workDir: string;
  readonly clock: StageClock;
}

export interface MadeArtifact {
  readonly method: Method;
  readonly options: Readonly<Record<string, unknown>>;
  readonly prepared: PreparedModel;
  readonly observers: Observers;
  readonly rounded: Rounded;
  readonly repaired: Repaired;
}

export async function makeArtifact(request: MakeRequest, ports: Ports): Promise<MadeArtifact> {
  const { method, options, samples, workDir, clock } = request;
  clock.enter('preparing');
  const folded = await request.prepare(method.opset?.(options) ?? 0);
  const rewrites = method.rewrites?.(options) ?? [];
  const prepared = await rewriteModel(folded, { rewrites, samples, workDir }, ports);

  clock.enter('calibrating');
  const context = { model: prepared.fresh(), options, released: new Map() };
  const observers = method.observers(context);
  if (samples.observed) await calibrate({ prepared, observers, samples: samples.observed, workDir }, ports);
  const roundings = samples.synthetic ? [] : (method.roundings?.(context) ?? []);
  const rounded = await roundWeights({ prepared, roundings, samples: samples.calibration, workDir }, ports);

  const reference = request.importedPath;
  const repaired = await produceArtifact(
    { ...request, prepared, observers, rounded: rounded.weights, reference },
    ports,
  );
  return { method, options, prepared, observers, rounded, repaired };
}
