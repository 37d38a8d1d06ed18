/**
 * What the target `cpu` leaves to the CPU that does the job.
 *
 * Invariant: an option that the spec names stays as it is; the options that come out are those that the report shows.
 */
import type { Method } from '../core/quantization/method.ts';
import { withTargetDefaults } from '../core/quantization/targets/apply-target.ts';
import { KEPT_FROM_SATURATING } from '../core/quantization/targets/cpu-avx2.ts';
import { TARGETS } from '../core/quantization/targets/index.ts';
import { lookup } from '../registry.ts';
import { sumsSaturate } from './dot-products.ts';
import type { Host } from './ports.ts';

type Options = Readonly<Record<string, unknown>>;

/** @param options with every default filled in that does not depend on the CPU */
export function onThisCpu(
  { id }: Pick<Method, 'id'>,
  options: Options,
  target: string,
  host: Pick<Host, 'int8Instructions'>,
): Options {
  const like = TARGETS.get(TARGETS.get(target)?.whereSumsSaturate ?? '');
  return like && sumsSaturate(host) ? withTargetDefaults(like, id, options, options) : options;
}

/** What a reader must know of figures that were measured where sums saturate. */
export function saturationNotes(
  { id }: Pick<Method, 'id'>,
  options: Options,
  target: string,
  host: Pick<Host, 'int8Instructions'>,
): readonly string[] {
  const option = lookup<string>(KEPT_FROM_SATURATING, id);
  const are8Bits = options.weight === 'int8' && !/16$/.test(String(options.activation));
  if (option === undefined || !are8Bits || !sumsSaturate(host)) return [];
  const cpu = 'On the CPU of this job sums of uint8 by int8 products saturate (x86-64 without VNNI)';
  const isCpu = TARGETS.get(target)?.whereSumsSaturate !== undefined;
  if (options[option])
    return isCpu ? [`${cpu}: "${option}" is on. For CPUs with VNNI, "${option}": false is closer.`] : [];
  return [
    isCpu
      ? `${cpu}, and "${option}" is off: the artifact is less exact here than on a CPU with VNNI.`
      : `${cpu}, which the target's do not: figures with optimisations on may be worse here than there.`,
  ];
}
