/**
 * What the OpenAPI document shows is true: every body of every operation has an example, every example fits its schema
 * (by ajv, which is not what the service validates with), and what can be checked against the code is what it answers.
 */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { SUBMISSION_EXAMPLE, SUBMISSION_FORM_EXAMPLE } from '../../src/api/examples.ts';
import { PROBLEM_EXAMPLES } from '../../src/api/problems.ts';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import { isBitpressError } from '../../src/errors.ts';

interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: unknown }>> };
}

const document = parse(readFileSync('openapi.yaml', 'utf8')) as Document;
const operations = Object.values(document.paths).flatMap(path => Object.values(path));
const bodies = operations.flatMap(({ operationId, requestBody, responses }) => [
  ...Object.entries(requestBody?.content ?? {}).map(
    ([type, media]) => [`${operationId} takes ${type}`, media] as const,
  ),
  ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(([type, media]) => [`${operationId} ${status} ${type}`, media] as const),
  ),
]);

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ ...document, $id: 'openapi' });

function examplesOf({ example, examples = {} }: Media): readonly unknown[] {
  const named = Object.values(examples).map(
    ({ $ref }) => document.components.examples[$ref.split('/').at(-1)!]?.value,
  );
  return example === undefined ? named : [example, ...named];
}

test('every body has an example that fits its schema', () => {
  const wrong: string[] = [];
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
  for (const [name, media] of bodies) {
    const { schema } = JSON.parse(JSON.stringify(media).replaceAll('"#/components', '"openapi#/components'));
    const key = JSON.stringify(schema);
    const fits = compiled.get(key) ?? ajv.compile(schema);
    compiled.set(key, fits);
    const examples = examplesOf(media);
    if (examples.length === 0) wrong.push(`${name}: no example`);
    for (const example of examples) if (!fits(example)) wrong.push(`${name}: ${ajv.errorsText(fits.errors)}`);
  }
  expect(bodies.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

test('every operation says what its problems are, and every answer that it has one', () => {
  for (const { operationId, responses } of operations) {
    expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(['500', '503']));
    expect(operationId).toMatch(/^[a-z]\w+$/);
  }
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

test('the submissions are ones that are taken', () => {
  const { model: _model, ...spec } = SUBMISSION_EXAMPLE;
  expect(parseSpec(spec).method.type).toBe('static-int8');
  expect(parseSpec(JSON.parse(SUBMISSION_FORM_EXAMPLE.spec)).method.type).toBe('static-int8');
});

test('the problem of a spec is the one that is answered', () => {
  const error = caught(() => parseSpec({ method: { type: 'static-int8', wight: 'int8' } }));
  const { code, detail, field } = PROBLEM_EXAMPLES.invalid_spec!.value;
  expect(error).toMatchObject({ code, message: detail, place: { field } });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return isBitpressError(error) ? error : undefined;
  }
}
