/**
 * An untrusted job spec -> a JobSpec with every default filled in.
 *
 * Invariant: an unknown or wrong field is refused by its name; two specs that ask for the same work parse to equal
 * objects, so that their canonical JSON (and the job's id) is equal.
 */
import { type TObject, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Preprocess } from '../core/data/preprocess.ts';
import { ASKABLE } from '../core/quantization/askable.ts';
import type { Method } from '../core/quantization/method.ts';
import { refuseIllegal, withTargetDefaults } from '../core/quantization/targets/apply-target.ts';
import { DEFAULT_TARGET, TARGETS } from '../core/quantization/targets/index.ts';
import type { Target } from '../core/quantization/targets/target.ts';
import { BitpressError } from '../errors.ts';
import { Spec } from './spec.ts';

export interface JobSpec {
  readonly method: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly calibration?: string | { readonly synthetic: true; readonly samples: number };
  readonly evaluation?: string;
  readonly preprocess?: Readonly<Record<string, Preprocess>>;
  readonly metric?: string;
  readonly target: string;
  readonly gates?: {
    readonly maxAccuracyDrop?: number;
    readonly minSqnrDb?: number;
    readonly maxSizeRatio?: number;
    readonly minSpeedup?: number;
  };
  readonly repair: boolean;
  readonly benchmark: boolean;
  readonly limits?: { readonly timeoutSeconds?: number; readonly memoryMb?: number };
}

/** The method is checked against its own schema, for messages that name its fields. */
const Envelope = Type.Object({ ...Spec.properties, method: Type.Unknown() }, { additionalProperties: false });

/** @throws BitpressError invalid_spec */
export function parseSpec(json: unknown): JobSpec {
  if (!isRecord(json)) throw new BitpressError('invalid_spec', 'the spec must be a JSON object');
  if (json.method === undefined)
    throw new BitpressError('invalid_spec', 'the field "method" is missing', { field: 'method' });
  const spec = checked(Envelope, json, '') as unknown as JobSpec;
  const target = TARGETS.get(spec.target ?? DEFAULT_TARGET);
  if (!target) throw new Error(`no target ${spec.target}`);
  return { ...spec, target: target.id, method: parseMethod(json.method, target) };
}

function parseMethod(json: unknown, target: Target): JobSpec['method'] {
  const { type, ...options } = typeof json === 'string' ? { type: json } : isRecord(json) ? json : {};
  const method = typeof type === 'string' ? ASKABLE.get(type) : undefined;
  if (!method)
    throw new BitpressError(
      'invalid_spec',
      `"method" must name a method: ${ASKABLE.ids.join(', ')}; got ${JSON.stringify(type ?? json)}`,
      { field: 'method' },
    );
  return { type: method.id, ...methodOptions(method, target, options) };
}

/**
 * A method's options with every default filled in: the method's own, or the target's where that is not legal there.
 * @throws BitpressError invalid_spec
 */
export function methodOptions(
  method: Pick<Method, 'id' | 'options' | 'check'>,
  target: Target,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const schema = Type.Object((method.options as TObject).properties, { additionalProperties: false });
  const own = Value.Default(schema, {}) as Record<string, unknown>;
  const wanted = withTargetDefaults(target, method.id, given, own);
  const options = checked(schema, wanted, 'method') as Record<string, unknown>;
  refuseIllegal(target, method.id, options);
  method.check?.(options);
  return options;
}

function checked(schema: TSchema, json: unknown, at: string): unknown {
  const value = Value.Default(schema, Value.Clone(json));
  if (Value.Check(schema, value)) return value;
  const error = firstError(schema, value);
  const field = [at, ...error.path].filter(part => part !== '').join('.');
  throw new BitpressError('invalid_spec', `${field === '' ? 'the spec' : `"${field}"`} ${error.message}`, {
    ...(field !== '' && { field }),
  });
}

/** The error that says most: an unknown field by its name, otherwise the outermost one of the first path. */
function firstError(schema: TSchema, value: unknown): { path: readonly string[]; message: string } {
  const errors = Value.Errors(schema, value);
  const pathOf = (pointer: string): string[] =>
    pointer
      .split('/')
      .slice(1)
      .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const unknown = errors.find(error => error.keyword === 'additionalProperties');
  if (unknown?.keyword === 'additionalProperties') {
    const [name] = unknown.params.additionalProperties;
    return { path: [...pathOf(unknown.instancePath), name ?? ''], message: 'is not a known field' };
  }
  const first = errors[0];
  if (!first) return { path: [], message: 'is not valid' };
  const choices = errors.filter(
    error => error.keyword === 'const' && error.instancePath === first.instancePath,
  );
  const message =
    choices.length > 0
      ? `must be one of ${choices.map(error => JSON.stringify((error.params as { allowedValue: unknown }).allowedValue)).join(', ')}`
      : first.message;
  return { path: pathOf(first.instancePath), message };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
