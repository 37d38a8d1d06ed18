/**
 * An OpenAPI 3.1 document -> the TypeScript types that openapi-fetch takes: `paths`, `operations` and `components`.
 *
 * The usual generator, openapi-typescript, is written against the compiler API of TypeScript 5, which the compiler of
 * this project no longer has. Only what our own document uses is understood; anything else stops it by name.
 */

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly contentMediaType?: string;
}

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<
      string,
      { readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>; readonly content?: Content }
    >
  >;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const PROBLEM = 'application/problem+json';
const PROBLEM_ANSWER = `export interface ProblemAnswer {
  headers: { [name: string]: unknown };
  content: { '${PROBLEM}': components['schemas']['Problem'] };
}`;
const VERBS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export function openapiTypes({ paths, components }: OpenApiDocument): string {
  const operations = Object.values(paths).flatMap(path => Object.values(path));
  const verbs = (path: Readonly<Record<string, Operation>>): string =>
    members(
      VERBS.map(verb =>
        path[verb] ? `${verb}: operations[${quote(path[verb].operationId)}]` : `${verb}?: never`,
      ),
    );
  return `${[
    '/** Written by `npm run client` from openapi.yaml; not to be edited. */',
    `export interface paths ${members(
      Object.entries(paths).map(([path, of]) => `${quote(path)}: ${verbs(of)}`),
    )}`,
    `export interface components ${members([
      `schemas: ${members(
        Object.entries(components.schemas).map(
          ([name, schema]) => `${documented(schema)}${key(name)}: ${typeOf(schema)}`,
        ),
      )}`,
    ])}`,
    PROBLEM_ANSWER,
    `export interface operations ${members(operations.map(operationType))}`,
  ].join('\n\n')}\n`;
}

function operationType({ operationId, summary, parameters = [], requestBody, responses }: Operation): string {
  const kinds = ['query', 'header', 'path', 'cookie'].map(kind => {
    const own = parameters.filter(each => each.in === kind);
    if (own.length === 0) return `${kind}?: never`;
    const optional = own.every(each => !each.required) ? '?' : '';
    return `${kind}${optional}: ${members(
      own.map(
        each => `${documented(each)}${key(each.name)}${each.required ? '' : '?'}: ${typeOf(each.schema)}`,
      ),
    )}`;
  });
  const answers = Object.entries(responses).map(([status, { headers = {}, content }]) => {
    if (content && Object.keys(content).join() === PROBLEM) return `${status}: ProblemAnswer`;
    const named = Object.entries(headers).map(([name, { schema }]) => `${key(name)}?: ${typeOf(schema)}`);
    return `${status}: ${members([
      `headers: ${members([...named, '[name: string]: unknown'])}`,
      content ? `content: ${contentType(content)}` : 'content?: never',
    ])}`;
  });
  return `${documented({ description: summary })}${key(operationId)}: ${members([
    `parameters: ${members(kinds)}`,
    requestBody
      ? `requestBody: ${members([`content: ${contentType(requestBody.content)}`])}`
      : 'requestBody?: never',
    `responses: ${members(answers)}`,
  ])}`;
}

function contentType(content: Content): string {
  return members(
    Object.entries(content).map(([type, { schema = {} }]) => {
      if (type === 'multipart/form-data') return `${quote(type)}: FormData`;
      return `${quote(type)}: ${type.endsWith('octet-stream') ? 'Blob' : typeOf(schema)}`;
    }),
  );
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined)
    return `components['schemas'][${quote(schema.$ref.split('/').at(-1) ?? '')}]`;
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].map(each => `(${each})`).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map(type => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case undefined:
      return 'unknown';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      // Not readonly: openapi-fetch takes a readonly array for a plain object.
      return `(${typeOf(schema.items ?? {})})[]`;
    case 'object':
      return objectType(schema);
    default:
      throw new Error(`openapiTypes: no type for ${JSON.stringify(schema)}`);
  }
}

function objectType({ properties, patternProperties, additionalProperties, required = [] }: Schema): string {
  const values =
    Object.values(patternProperties ?? {})[0] ??
    (typeof additionalProperties === 'object' ? additionalProperties : undefined);
  if (!properties) return `{ readonly [name: string]: ${values ? typeOf(values) : 'unknown'} }`;
  return members(
    Object.entries(properties).map(
      ([name, schema]) =>
        `${documented(schema)}readonly ${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
    ),
  );
}

function members(lines: readonly string[]): string {
  return lines.length === 0 ? '{}' : `{\n${lines.map(line => indent(`${line};`)).join('\n')}\n}`;
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

const documented = ({ description }: { readonly description?: string | undefined }): string =>
  description === undefined ? '' : `/** ${description.replaceAll('*/', '*\\/').replace(/\s+/g, ' ')} */\n`;

const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name));

const literal = (value: unknown): string =>
  typeof value === 'string' ? quote(value) : JSON.stringify(value);
