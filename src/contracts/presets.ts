/** What each target makes of a method: the options that a spec gets there when it names none, or why it does not run. */
import { type Static, Type } from 'typebox';
import { TARGETS } from '../core/quantization/targets/index.ts';
import { isBitpressError } from '../errors.ts';
import { closed } from './common.ts';
import { methodOptions } from './parse-spec.ts';

export const Preset = Type.Object(
  {
    target: Type.String(),
    options: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'With defaults filled in' }),
    ),
    refused: Type.Optional(Type.String({ description: 'Why the target does not run the method' })),
    hint: Type.Optional(Type.String()),
  },
  closed,
);
export type Preset = Static<typeof Preset>;

export function presetsOf(method: Parameters<typeof methodOptions>[0]): Preset[] {
  return TARGETS.all.map(target => {
    try {
      return { target: target.id, options: { ...methodOptions(method, target, {}) } };
    } catch (error) {
      if (!isBitpressError(error)) throw error;
      return {
        target: target.id,
        refused: error.message,
        ...(error.hint !== undefined && { hint: error.hint }),
      };
    }
  });
}
