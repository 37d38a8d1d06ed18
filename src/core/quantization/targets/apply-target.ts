/** Options as a target wants them, and the refusal of those that it does not run. */
import { BitpressError } from '../../../errors.ts';
import type { OptionValue, Target, TargetMethod } from './target.ts';

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
  const wanted = Object.entries(rules.options).flatMap(([name, { values, unless }]) =>
    given[name] === undefined &&
    !values.includes(defaults[name] as OptionValue) &&
    !unless?.({ ...defaults, ...given })
      ? [[name, values[0]]]
      : [],
  );
  return { ...given, ...Object.fromEntries(wanted) };
}

/**
 * Options of single nodes (`overrides`) are held to the same rules as those of the method.
 * @throws BitpressError invalid_spec, naming the option
 */
export function refuseIllegal(target: Target, methodId: string, options: Options): void {
  const rules = target.methods[methodId];
  if (!rules || 'refused' in rules) return;
  refuseEntry(target, rules, options, options, 'method');
  for (const [index, entry] of (Array.isArray(options.overrides) ? options.overrides : []).entries())
    refuseEntry(target, rules, entry as Options, { ...options, ...entry }, `method.overrides.${index}`);
}

/** @param named what may be refused by itself @param all the options that hold together */
function refuseEntry(
  { id }: Target,
  rules: Exclude<TargetMethod, { refused: string }>,
  named: Options,
  all: Options,
  at: string,
): void {
  for (const [name, { values, why }] of Object.entries(rules.options)) {
    const value = named[name];
    if (value !== undefined && !values.includes(value as OptionValue))
      throw new BitpressError(
        'invalid_spec',
        `target "${id}" does not run ${name} ${JSON.stringify(value)}: ${why}`,
        {
          field: `${at}.${name}`,
          hint: `Leave it out, or use ${values.map(each => JSON.stringify(each)).join(' or ')}.`,
        },
      );
  }
  const conflict = rules.conflict?.(all);
  if (conflict)
    throw new BitpressError('invalid_spec', `target "${id}" does not run this: ${conflict.detail}`, {
      field: `${at}.${conflict.field}`,
      hint: conflict.hint,
    });
}
