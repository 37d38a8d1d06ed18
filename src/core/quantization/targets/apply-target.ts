/** Options as a target wants them, and the refusal of those that it does not run. */
import { BitpressError } from '../../../errors.ts';
import type { OptionValue, Target } from './target.ts';

type Options = Readonly<Record<string, unknown>>;

/**
 * Fills in what the target wants where the client said nothing and the method's own default is not legal there.
 * @param defaults of the method @throws BitpressError invalid_spec where the target does not run the method at all
 */
export function withTargetDefaults(
  target: Target,
  methodId: string,
  given: Options,
  defaults: Options,
): Options {
  const rules = target.methods[methodId];
  if (!rules) return given;
  if ('refused' in rules)
    throw new BitpressError(
      'invalid_spec',
      `target "${target.id}" does not run "${methodId}": ${rules.refused}`,
      {
        field: 'method',
        hint: rules.hint,
      },
    );
  const wanted = Object.entries(rules.options).flatMap(([name, { values }]) =>
    given[name] === undefined && !values.includes(defaults[name] as OptionValue) ? [[name, values[0]]] : [],
  );
  return { ...given, ...Object.fromEntries(wanted) };
}

/** @throws BitpressError invalid_spec, naming the option */
export function refuseIllegal(target: Target, methodId: string, options: Options): void {
  const rules = target.methods[methodId];
  if (!rules || 'refused' in rules) return;
  for (const [name, { values, why }] of Object.entries(rules.options)) {
    const value = options[name];
    if (value !== undefined && !values.includes(value as OptionValue))
      throw new BitpressError(
        'invalid_spec',
        `target "${target.id}" does not run ${name} ${JSON.stringify(value)}: ${why}`,
        {
          field: `method.${name}`,
          hint: `Leave it out, or use ${values.map(each => JSON.stringify(each)).join(' or ')}.`,
        },
      );
  }
  const conflict = rules.conflict?.(options);
  if (conflict)
    throw new BitpressError('invalid_spec', `target "${target.id}" does not run this: ${conflict.detail}`, {
      field: `method.${conflict.field}`,
      hint: conflict.hint,
    });
}
