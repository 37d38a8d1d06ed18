/**
 * How a route says what it takes and answers: shared schemas by name, an example beside each.
 *
 * Invariant: a schema that has a name here is written once in the OpenAPI document and referred to everywhere else.
 */
import type { FastifyInstance } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { DatasetResource } from '../contracts/dataset.ts';
import { JobSubmission, JobView } from '../contracts/job.ts';
import { ModelResource } from '../contracts/model.ts';
import { PlanPreview } from '../contracts/preview.ts';
import { Problem } from '../contracts/problem.ts';
import { Report } from '../contracts/report.ts';
import { WebhookView } from '../contracts/webhook.ts';

const COMPONENTS = {
  Model: ModelResource,
  Dataset: DatasetResource,
  JobSubmission,
  Job: JobView,
  PlanPreview,
  Report,
  Webhook: WebhookView,
  Problem,
} as const;

export function installComponents(app: FastifyInstance): void {
  for (const [name, schema] of Object.entries(COMPONENTS)) app.addSchema({ ...schema, $id: name });
}

export function ref(name: keyof typeof COMPONENTS): TSchema {
  return Type.Ref(`${name}#`);
}

export const BINARY = 'application/octet-stream';

/** A body of one type: its schema, and one example. */
export interface Shown {
  readonly schema: TSchema;
  readonly example: unknown;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, TSchema>>;
  readonly content: Readonly<Record<string, Shown>>;
}

/** What a request brings, by content type. Spread into a route's schema; installOpenapi puts the examples in place. */
export function body(content: Readonly<Record<string, Shown>>) {
  const entries = Object.entries(content);
  return {
    body: { content: Object.fromEntries(entries.map(([type, { schema }]) => [type, { schema }])) },
    [REQUEST_EXAMPLES]: Object.fromEntries(entries.map(([type, { example }]) => [type, example])),
  };
}

/** The swagger plugin keeps no example beside a schema that is a reference. */
export const REQUEST_EXAMPLES = 'x-request-examples';

/** Content that is not looked into; the example stands for it. */
export function unchecked(example: string): Shown {
  return { schema: Type.Unsafe({}), example };
}

/** A file in a form. "binary" is what readers of OpenAPI 3.0 know it by. */
export function filePart(description: string): TSchema {
  return Type.Unsafe<unknown>({
    type: 'string',
    format: 'binary',
    contentMediaType: BINARY,
    description,
  });
}

export function json(
  description: string,
  schema: TSchema,
  example: unknown,
  headers?: Answer['headers'],
): Answer {
  return { description, ...(headers && { headers }), content: { 'application/json': { schema, example } } };
}

/** Text in one of several types, each with what it looks like. */
export function text(description: string, types: Readonly<Record<string, string>>): Answer {
  const shown = Object.entries(types).map(([type, example]) => [type, { schema: Type.String(), example }]);
  return { description, content: Object.fromEntries(shown) };
}

export function empty(description: string, headers?: Answer['headers']): TSchema {
  return Type.Null({ description, ...(headers && { headers }) });
}
