/**
 * Holds a float16 plan against how far values went on data: a node with a value beyond float16's largest number, or with one
 * that never reached its smallest normal number, stays float32, and the report says which values those are and which came close.
 *
 * What is seen are the values between nodes. Sums inside an operator may be larger; runtimes add those in float32.
 */
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';
import { MAX_FLOAT16, SMALLEST_NORMAL_FLOAT16 } from '../tensor/float16.ts';
import type { NodeDecision, QuantizeDecision, QuantPlan } from './plan.ts';

/** Size of the largest finite element that a value had on data; 0 where nobody looked. */
export type ReachOf = (value: Value) => number;

/** Other data may go further than what was seen: a value that reached this share of the range is told of. */
const CLOSE = 0.5;
/** Values told of by name: a model that overflows in one layer often does so in all of the same kind. */
const NAMED = 8;

export class Float16Reach {
  readonly #reachOf: ReachOf;
  readonly #beyond = new Map<string, number>();
  readonly #close = new Map<string, number>();
  readonly #tiny = new Map<string, number>();

  constructor(reachOf: ReachOf) {
    this.#reachOf = reachOf;
  }

  /** The decision, or float32 where a value that would change its type does not fit. */
  check(node: Node, decision: QuantizeDecision): NodeDecision {
    const values = halfValues(node, decision).map(value => ({ value, reach: this.#reachOf(value) }));
    for (const { value, reach } of values)
      if (reach > MAX_FLOAT16) this.#beyond.set(value.name, reach);
      else if (reach > CLOSE * MAX_FLOAT16) this.#close.set(value.name, reach);
      else if (isTiny(reach)) this.#tiny.set(value.name, reach);
    const [largest] = values.filter(({ reach }) => reach > MAX_FLOAT16).sort((a, b) => b.reach - a.reach);
    if (largest)
      return uncovered(
        `its value "${largest.value.name}" reached ${figure(largest.reach)} on the data, and float16 ends at ${MAX_FLOAT16}`,
      );
    const tiny = values.find(({ reach }) => isTiny(reach));
    if (tiny)
      return uncovered(
        `its value "${tiny.value.name}" stayed below ${figure(tiny.reach)} on the data, where float16 has few bits left`,
      );
    return decision;
  }

  notes(): NonNullable<QuantPlan['notes']> {
    const notes: string[] = [];
    if (this.#beyond.size > 0)
      notes.push(
        `${listed(this.#beyond)} went beyond float16's ${MAX_FLOAT16} on the data: the nodes beside stay float32, as float16 would give infinity.`,
      );
    if (this.#close.size > 0)
      notes.push(
        `${listed(this.#close)} came within a factor of ${1 / CLOSE} of float16's ${MAX_FLOAT16}: other data may overflow on hardware that computes in float16.`,
      );
    if (this.#tiny.size > 0)
      notes.push(
        `${listed(this.#tiny)} stayed below float16's smallest normal number on the data: the nodes beside stay float32, as float16 would round most of them away.`,
      );
    return notes;
  }
}

/** A value of zeros alone, or that nobody looked at, is not. */
const isTiny = (reach: number): boolean => reach > 0 && reach < SMALLEST_NORMAL_FLOAT16;

const uncovered = (text: string): NodeDecision => ({
  action: 'float',
  reason: { code: 'range_not_covered', text },
});

/** The values of a node that a decision turns into float16, constants aside. */
export function halfValues(node: Node, { inputs, outputs }: QuantizeDecision): readonly Value[] {
  const values = [...inputs.map(index => node.inputs[index]), ...outputs.map(index => node.outputs[index])];
  return values.filter((value): value is Value => value !== undefined && !value.initializer);
}

/** The largest first. */
function listed(reached: ReadonlyMap<string, number>): string {
  const sorted = [...reached].sort(([, a], [, b]) => b - a);
  const named = sorted.slice(0, NAMED).map(([name, reach]) => `"${name}" (${figure(reach)})`);
  const more = sorted.length > NAMED ? ` and ${sorted.length - NAMED} more` : '';
  return `${sorted.length === 1 ? 'The value' : 'The values'} ${named.join(', ')}${more}`;
}

const figure = (reach: number): string => String(Number(reach.toPrecision(4)));
