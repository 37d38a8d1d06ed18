/**
 * Error that the rounding of each quantized value makes by itself: the float values of a few samples are sent through
 * the value's scale and zero point and back.
 *
 *   SQNR = 10 log10(sum x² / sum (x - dq(q(x)))²), in dB
 */

import { walkNodes } from '../core/ir/walk.ts';
import { ratioDb } from '../core/metrics/decibel.ts';
import { roundTripEnergies } from '../core/quantization/code-kernels.ts';
import type { QuantPlan } from '../core/quantization/plan.ts';
import { typeRange } from '../core/quantization/qparams.ts';
import type { Ports, SampleSource } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import type { VisitValue } from './show-values.ts';
import type { ValueEvidence } from './stage-results.ts';
import { visitValues } from './visit-values.ts';

const SAMPLES = 8;

export async function valueErrors(
  prepared: PreparedModel,
  plan: QuantPlan,
  samples: SampleSource,
  workDir: string,
  ports: Ports,
): Promise<readonly ValueEvidence[]> {
  if (plan.activations.size === 0) return [];
  const sums = new Map([...plan.activations.keys()].map(name => [name, { signal: 0, noise: 0 }]));
  const few: SampleSource = { ...samples, count: Math.min(samples.count, SAMPLES) };
  const visit: VisitValue = (name, data) => {
    const quant = plan.activations.get(name)!;
    const sum = sums.get(name)!;
    const { signal, noise } = roundTripEnergies(data, quant, typeRange(quant.dtype));
    sum.signal += signal;
    sum.noise += noise;
  };
  const names = [...sums.keys()];
  await visitValues({ prepared, samples: few, workDir, fileName: 'values.onnx', names, visit }, ports);
  const producers = new Map(
    [...walkNodes(prepared.fresh().graph)].flatMap(({ node }) =>
      node.outputs.flatMap(value => (value ? [[value.name, node.name] as const] : [])),
    ),
  );
  return [...plan.activations].map(([value, { dtype, scale, zeroPoint, range }]) => {
    const producer = producers.get(value);
    const { signal, noise } = sums.get(value)!;
    return {
      value,
      ...(producer !== undefined && { producer }),
      dtype,
      sqnrDb: ratioDb(signal, noise),
      scale,
      zeroPoint,
      ...range,
    };
  });
}
