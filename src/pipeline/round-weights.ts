/**
 * Weights that are rounded against calibration data: the runtime sums x xᵀ of the inputs over all samples, then each
 * group of weights is rounded to its sum, which is given up at once.
 *
 * Invariant: the sums that are held at one time stay within a budget: where they do not fit, the samples are run again
 * for the next groups. A group that could never fit is left to round-to-nearest, and a note names its inputs.
 */
import { addGramOutputs, type GramRequest } from '../core/calibration/gram-outputs.ts';
import { SecondMoment } from '../core/calibration/second-moment.ts';
import type { WeightQuant } from '../core/quantization/plan.ts';
import type { RoundedWeights, WeightRounding } from '../core/quantization/rounding/weight-rounding.ts';
import { BitpressError } from '../errors.ts';
import type { Ports, SampleSource, Shown } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { runSamples } from './run-samples.ts';
import { writeWorkingFile } from './write-model-file.ts';

/** Of all sums of one pass: 4 size² bytes each, as many again as the runtime gives them, as many while one is factored. */
const PASS_BYTES = 768 * 2 ** 20;
const COPIES = 3;

export interface RoundRequest {
  readonly prepared: PreparedModel;
  readonly roundings: readonly WeightRounding[];
  /** Without samples nothing is rounded here. */
  readonly samples: SampleSource | undefined;
  readonly workDir: string;
  /** Bytes of one pass, where it is not the usual budget. */
  readonly passBytes?: number;
}

export interface Rounded {
  readonly weights: RoundedWeights;
  /** How many values were looked at. */
  readonly inputs: number;
  readonly notes: readonly string[];
}

export async function roundWeights(request: RoundRequest, ports: Ports): Promise<Rounded> {
  const { samples, roundings, passBytes = PASS_BYTES } = request;
  const weights = new Map<string, WeightQuant>();
  if (!samples || samples.count === 0) return { weights, inputs: 0, notes: [] };
  const { passes, tooLarge } = intoPasses(roundings, passBytes);
  for (const [index, pass] of passes.entries()) {
    const moments = await gatherMoments(
      pass,
      { ...request, samples },
      { done: index, of: passes.length },
      ports,
    );
    const lastUse = new Map(pass.flatMap(({ inputs }, at) => inputs.map(name => [name, at] as const)));
    for (const [at, rounding] of pass.entries()) {
      if (ports.signal.aborted) throw new BitpressError('cancelled', 'cancelled while rounding weights');
      for (const [node, quant] of rounding.round(summed(rounding, moments))) weights.set(node, quant);
      for (const name of rounding.inputs) if (lastUse.get(name) === at) moments.delete(name);
      await new Promise(resolve => setImmediate(resolve));
    }
  }
  const notes = tooLarge.map(
    ({ inputs, size }) =>
      `Weights that read ${inputs.map(name => JSON.stringify(name)).join(', ')} are rounded to nearest: ` +
      `a Hessian of ${size} by ${size} exceeds the memory for GPTQ.`,
  );
  const inputs = new Set(passes.flat().flatMap(rounding => rounding.inputs)).size;
  return { weights, inputs, notes };
}

/** Bytes that rounding holds at one time. */
export function roundingBytes(roundings: readonly WeightRounding[]): number {
  const { passes } = intoPasses(roundings, PASS_BYTES);
  return Math.max(0, ...passes.map(pass => pass.reduce((sum, rounding) => sum + bytesOf(rounding), 0)));
}

const bytesOf = ({ inputs, size }: WeightRounding): number =>
  COPIES * SecondMoment.bytes(size) * inputs.length;

/** Groups in order, as many in one pass as fit: inputs that two groups share count twice, which errs to the safe side. */
function intoPasses(roundings: readonly WeightRounding[], budget: number) {
  const passes: WeightRounding[][] = [];
  const tooLarge: WeightRounding[] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const rounding of roundings) {
    const bytes = bytesOf(rounding);
    if (bytes > budget) tooLarge.push(rounding);
    else if (held + bytes > budget) {
      passes.push([rounding]);
      held = bytes;
    } else {
      passes.at(-1)?.push(rounding);
      held += bytes;
    }
  }
  return { passes, tooLarge };
}

/** The sum over every input of the group. */
function summed({ inputs, size }: WeightRounding, moments: ReadonlyMap<string, SecondMoment>): SecondMoment {
  const [first, ...others] = inputs.map(name => moments.get(name));
  if (first && others.length === 0) return first;
  const total = new SecondMoment(size);
  for (const moment of [first, ...others]) if (moment) total.addMoment(moment);
  return total;
}

async function gatherMoments(
  pass: readonly WeightRounding[],
  { prepared, samples, workDir }: Pick<RoundRequest, 'prepared' | 'workDir'> & { samples: SampleSource },
  passes: { readonly done: number; readonly of: number },
  ports: Ports,
): Promise<Map<string, SecondMoment>> {
  const moments = new Map<string, SecondMoment>();
  for (const { inputs, size } of pass)
    for (const name of inputs) if (!moments.has(name)) moments.set(name, new SecondMoment(size));
  const model = prepared.fresh();
  const requests: GramRequest[] = [...moments].map(([value, { size }]) => ({ value, size }));
  const outputs = addGramOutputs(model, requests);
  const path = ports.files.join(workDir, `second-moments-${passes.done}.onnx`);
  writeWorkingFile(model, path, ports.files);
  const look = ({ sample, results, fraction }: Shown): void => {
    for (const [value, moment] of moments) {
      const names = outputs.get(value);
      const gram = results[names?.gram ?? '']?.data;
      const shape = results[names?.shape ?? '']?.data;
      if (gram instanceof Float32Array && shape instanceof BigInt64Array)
        addFinite(moment, { gram, vectors: Number(shape[0]) }, value, sample);
    }
    ports.progress({
      stage: 'calibrating',
      fraction: (passes.done + fraction) / passes.of,
      message: `second moments, sample ${sample + 1} of ${samples.count}`,
    });
  };
  await runSamples(
    path,
    { samples, outputs: [...outputs.values()].flatMap(({ gram, shape }) => [gram, shape]), look },
    ports,
  );
  return moments;
}

/** The diagonal holds the squares of every element, so it is finite where all elements are and their squares are. */
function addFinite(
  moment: SecondMoment,
  { gram, vectors }: { readonly gram: Float32Array; readonly vectors: number },
  value: string,
  sample: number,
): void {
  for (let i = 0; i < moment.size; i++)
    if (!Number.isFinite(gram[i * (moment.size + 1)]))
      throw new BitpressError(
        'dataset_not_finite',
        `value "${value}" is NaN, infinite or too large to square on calibration sample ${sample}`,
      );
  moment.addGram(gram, vectors);
}
