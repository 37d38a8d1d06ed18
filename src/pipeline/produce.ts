/**
 * Stages "quantizing" and "verifying": makes the artifact, holds it against the float model, and repairs it where it
 * misses the bar.
 *
 * Invariant: what is returned loads, runs and is finite wherever the float model is; otherwise the job fails here.
 */

import type { Method } from '../core/quantization/method.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import { BitpressError } from '../errors.ts';
import { reachesBar } from './bar.ts';
import { keepPlain } from './keep-plain.ts';
import type { Ports } from './ports.ts';
import { type QuantizeRequest, quantizeTo } from './quantize.ts';
import { type Attempt, quantizedNodes, type Repaired, repair } from './repair.ts';
import type { JobSamples } from './samples.ts';
import type { StageClock } from './stage-clock.ts';
import type { Gates } from './stage-results.ts';
import { refuseNotFinite, type Verification, verify } from './verify.ts';

const SHOWN_REASONS = 3;

export interface ProduceRequest extends Omit<QuantizeRequest, 'released'> {
  /** The imported model as a file: what the artifact is held against. */
  readonly reference: string;
  readonly samples: JobSamples;
  readonly gates: Gates;
  readonly repair: boolean;
  readonly workDir: string;
  readonly clock: StageClock;
}

export async function produceArtifact(request: ProduceRequest, ports: Ports): Promise<Repaired> {
  const { method, samples, workDir } = request;
  let base: QuantizeRequest = { ...request, released: new Map() };
  const verified = async (path: string, plan: QuantPlan): Promise<Attempt> => {
    request.clock.enter('verifying');
    const pair = { reference: request.reference, artifact: path };
    const verification = await verify(
      { ...pair, samples: samples.verification, scoring: samples.scoring },
      ports,
    );
    return { path, plan, verification };
  };
  const attempt = async (name: string, released: ReadonlyMap<string, string>): Promise<Attempt> => {
    const path = ports.files.join(workDir, `${name}.onnx`);
    request.clock.enter('quantizing');
    return verified(path, quantizeTo(path, { ...base, released }, ports.files));
  };
  let first = await attempt('quantized', base.released);
  refuseNothingQuantized(method, first.plan);
  const kept = await keepPlain(first, { ...request, ...base }, ports);
  if (kept) {
    base = { ...base, options: kept.options };
    first = await verified(kept.path, kept.plan);
  }

  const reaches = (verification: Verification): boolean => reachesBar(verification, request.gates);
  const repaired: Repaired =
    request.repair && !reaches(first.verification)
      ? await repair(
          first,
          { ...base, workDir, samples: samples.verification, reachesBar: reaches, attempt },
          ports,
        )
      : { attempt: first, rounds: [] };
  refuseNotFinite(repaired.attempt.verification);
  return repaired;
}

/** @throws BitpressError nothing_quantized, with the commonest reasons */
export function refuseNothingQuantized({ id }: Method, plan: QuantPlan): void {
  if (id !== 'convert' && quantizedNodes(plan).size === 0)
    throw new BitpressError(
      'nothing_quantized',
      `the method "${id}" finds nothing to quantize in this model: ${whyFloat(plan)}`,
    );
}

/** The commonest reasons, with how many nodes share each. */
function whyFloat({ nodes }: QuantPlan): string {
  const counts = new Map<string, number>();
  for (const decision of nodes.values())
    if (decision.action === 'float')
      counts.set(decision.reason.text, (counts.get(decision.reason.text) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, SHOWN_REASONS);
  return (
    sorted.map(([text, count]) => `${text} (${count} ${count === 1 ? 'node' : 'nodes'})`).join('; ') ||
    'it has no nodes'
  );
}
