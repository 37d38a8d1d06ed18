/**
 * What to try when the artifact disappoints: short sentences, each drawn from a figure of this very job.
 *
 * Invariant: no sentence without its figure; nothing is promised.
 */
import { hasDotProducts } from './dot-products.ts';
import { CONTESTANTS, type StageResults } from './stage-results.ts';

/** Below this a node costs about what its QuantizeLinear and DequantizeLinear cost. */
const TINY_MS = 0.5;
/** Agreement of rows or SQNR below these makes an output doubtful even where no gate was set. */
const DOUBTFUL_DB = 20;
/** 8 bits hold a value of bounded or normal elements at 35 to 45 dB; below this it has a long tail, such as a quotient's. */
const BADLY_HELD_DB = 30;
/** Outputs this close need no advice. */
const CLOSE_DB = 35;
/** Values told of by name. */
const NAMED = 3;

export interface AdviceFigures {
  readonly speedupHigh?: number;
  readonly minSqnrDb?: number;
}

export function adviceFor(results: StageResults, figures: AdviceFigures): readonly string[] {
  const slower = figures.speedupHigh !== undefined && figures.speedupHigh < 1;
  return [
    ...(slower ? speedAdvice(results) : []),
    ...badlyHeld(results, figures),
    ...errorAdvice(results, figures),
  ];
}

function speedAdvice(results: StageResults): string[] {
  const { artifact, reference: fp32, host, method, benchmark, otherMethods } = results;
  const operators = artifact.statistics.operators;
  const advice: string[] = [];
  if (!hasDotProducts(host))
    advice.push(
      `This CPU (${host.cpuModel}) has no 8-bit dot-product instructions; measure on the machine it will run on.`,
    );
  if (operators.ConvInteger)
    advice.push(
      'ConvInteger is many times slower than a float Conv on a CPU: use static-int8 for convolutions.',
    );
  if (/^u?int16$/.test(String(method.options.activation ?? '')))
    advice.push('16-bit activations run at about half the speed of 8-bit ones: try activation uint8.');
  const reference = benchmark?.result.latencies.find(({ id }) => id === CONTESTANTS.reference);
  const added = (operators.QuantizeLinear ?? 0) + (operators.DequantizeLinear ?? 0);
  if (reference && reference.p50 < TINY_MS && added > 0) {
    const gain = artifact.fileBytes < fp32.fileBytes ? 'Take the size, or keep it float.' : 'Keep it float.';
    advice.push(
      `The model takes ${reference.p50.toPrecision(2)} ms in float: its layers are so small that the ${added} ` +
        `QuantizeLinear and DequantizeLinear nodes cost more than 8 bits save. ${gain}`,
    );
  }
  if (advice.length === 0)
    advice.push(`Leave the operators out that gain least ("exclude")${orAnother(otherMethods)}`);
  return advice;
}

/** @param methods that find something to quantize; undefined where nobody looked */
function orAnother(methods: readonly string[] | undefined): string {
  if (!methods) return '.';
  if (methods.length === 0) return ': no other 8-bit or 4-bit method finds anything to quantize here.';
  return `, or try ${methods.join(' or ')}, which would find something to quantize here.`;
}

/** No layer behind a value is closer than its grid allows; of no account where the outputs are. @param values worst first */
function badlyHeld({ values }: StageResults, { minSqnrDb }: AdviceFigures): string[] {
  if (minSqnrDb === undefined || minSqnrDb >= CLOSE_DB) return [];
  return values
    .filter(({ sqnrDb }) => sqnrDb < BADLY_HELD_DB)
    .slice(0, NAMED)
    .map(
      ({ value, producer, dtype, sqnrDb }) =>
        `The ${dtype} grid holds the value ${JSON.stringify(value)} at ${sqnrDb.toFixed(1)} dB only: its elements differ too much in size. ` +
        `Give ${producer ? `"${producer}" and ` : ''}the nodes that read it 16-bit activations, or keep them in float ("overrides").`,
    );
}

function errorAdvice({ repair, values }: StageResults, { minSqnrDb }: AdviceFigures): string[] {
  if (minSqnrDb === undefined || minSqnrDb >= DOUBTFUL_DB) return [];
  const worst = values[0];
  return [
    `The worst output is at ${minSqnrDb.toFixed(1)} dB, where errors begin to show: check it on labelled data.`,
    ...(worst
      ? [`The value that loses most is ${JSON.stringify(worst.value)} (${worst.sqnrDb.toFixed(1)} dB).`]
      : []),
    ...(repair.enabled ? [] : ['"repair" is off; on, it releases the nodes that cause most of the error.']),
  ];
}
