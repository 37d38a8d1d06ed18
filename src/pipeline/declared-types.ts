/**
 * The type that a file declares for what a node writes is a claim. onnxruntime warns of a false shape and goes on with the
 * real one; what is written around such a value is refused, or gets a buffer of the declared size. So types are inferred
 * without the claims, and a claim that contradicts what is inferred gives way to it.
 *
 * Invariant: declared shapes that say the same, or more (names of dimensions), stay. Element types stay as they are: the
 * runtime refuses a false one.
 */
import type { Model } from '../core/ir/model.ts';
import type { Dim, Value, ValueType } from '../core/ir/value.ts';
import { isBitpressError } from '../errors.ts';
import type { Ports, SessionValue } from './ports.ts';
import { type Signature, signatureOf } from './signature.ts';

export interface CheckedSignature extends Signature {
  /** Names of the values of which the model now says something else, outputs first. */
  readonly corrected: readonly string[];
}

/** @throws BitpressError model_load_failed */
export async function checkedSignature(model: Model, path: string, ports: Ports): Promise<CheckedSignature> {
  const { outputs } = model.graph;
  const given = new Set(outputs);
  const inner = model.graph.nodes
    .flatMap(node => node.outputs)
    .filter((value): value is Value => value?.type !== undefined && !given.has(value));
  const declared = [...outputs, ...inner].map(value => ({ value, type: value.type }));
  const signature = await withoutClaims(declared, () => inferred(model, inner, path, ports));
  const corrected: string[] = [];
  const checked = signature.outputs.map((found, index): SessionValue => {
    const { value, type } = declared[index]!;
    const real = realType(type, found);
    if (real) {
      value.type = real;
      corrected.push(value.name);
      return found;
    }
    return type?.kind === 'tensor' && type.dims ? { ...found, dims: type.dims } : ranked(found, type);
  });
  const typeOf = new Map(model.graph.inputs.map(({ name, type }) => [name, type]));
  const inputs = signature.inputs.map(found => ranked(found, typeOf.get(found.name)));
  return { inputs, outputs: checked.slice(0, outputs.length), corrected };
}

/** The runtime gives no dimensions for an unknown rank, like for a scalar: it is unknown where the file says none either. */
function ranked(found: SessionValue, declared: ValueType | undefined): SessionValue {
  const isUnknown = found.dims?.length === 0 && declared?.kind === 'tensor' && !declared.dims;
  return isUnknown ? { ...found, dims: undefined } : found;
}

interface Claim {
  readonly value: Value;
  readonly type: ValueType | undefined;
}

async function withoutClaims<T>(claims: readonly Claim[], work: () => Promise<T>): Promise<T> {
  for (const { value, type } of claims)
    if (value.producer && type?.kind === 'tensor') value.type = { ...type, dims: undefined };
  try {
    return await work();
  } finally {
    for (const { value, type } of claims) value.type = type;
  }
}

/** Some operators have no type unless the file says it: then the claims about inner values cannot be checked. */
async function inferred(
  model: Model,
  inner: readonly Value[],
  path: string,
  ports: Ports,
): Promise<Signature> {
  try {
    return await signatureOf(model, inner, path, ports);
  } catch (error) {
    if (inner.length === 0 || !isBitpressError(error)) throw error;
    return signatureOf(model, [], `${path}.outputs`, ports);
  }
}

/** What the value is where that is not what the file says; undefined where nothing speaks against the claim. */
function realType(claim: ValueType | undefined, { dtype, dims }: SessionValue): ValueType | undefined {
  if (!claim || !dtype) return undefined;
  if (claim.kind === 'opaque') return { kind: 'tensor', dtype, dims: dims?.length ? dims : undefined };
  return claim.dims && contradicts(claim.dims, dims) ? { ...claim, dims } : undefined;
}

/** The runtime gives no dimensions for a scalar and for an unknown rank alike: neither is held against the claim. */
function contradicts(declared: readonly Dim[], inferred: readonly Dim[] | undefined): boolean {
  if (!inferred?.length) return false;
  return (
    declared.length !== inferred.length ||
    declared.some(
      (dim, axis) => typeof dim === 'number' && typeof inferred[axis] === 'number' && dim !== inferred[axis],
    )
  );
}
