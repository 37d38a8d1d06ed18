/** How the OpenAPI 3.1 document is generated from the routes' schemas. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { ENGINE_VERSION } from '../version.ts';
import { installComponents, REQUEST_EXAMPLES } from './components.ts';
import { PROBLEM_EXAMPLES } from './problems.ts';

export async function installOpenapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Bitpress',
        version: ENGINE_VERSION,
        description: 'Upload an ONNX or Keras model, get a smaller one with a measured verdict.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: 'http://localhost:8080' }],
      tags: ['models', 'datasets', 'uploads', 'jobs', 'artifacts', 'methods', 'service'].map(name => ({
        name,
      })),
      components: {
        examples: PROBLEM_EXAMPLES,
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key, where the service has any' },
        },
      },
      security: [{}, { key: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`),
    },
    transformObject: document => {
      const { paths = {} } = ('openapiObject' in document ? document.openapiObject : {}) as Document;
      for (const path of Object.values(paths)) {
        for (const operation of Object.values(path)) placeExamples(operation);
        if (path.get?.[WITH_HEAD]) path.head = headOf(path.get);
        if (path.get) delete path.get[WITH_HEAD];
      }
      return 'openapiObject' in document ? document.openapiObject : document.swaggerObject;
    },
  });
  installComponents(app);
}

/** Marks a GET whose HEAD is worth a line of its own: what it costs to know whether something is there. */
export const WITH_HEAD = 'x-with-head';

interface Operation {
  operationId?: string;
  summary?: string;
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses?: Record<string, { content?: unknown }>;
  [REQUEST_EXAMPLES]?: Readonly<Record<string, unknown>>;
  [WITH_HEAD]?: boolean;
}

interface Document {
  readonly paths?: Record<string, Record<string, Operation>>;
}

function placeExamples(operation: Operation): void {
  for (const [type, example] of Object.entries(operation[REQUEST_EXAMPLES] ?? {})) {
    const shown = operation.requestBody?.content[type];
    if (shown && example !== undefined) shown.example = example;
  }
  delete operation[REQUEST_EXAMPLES];
}

/** RFC 9110, 9.3.2: "identical to GET except that the server MUST NOT send content in the response". */
function headOf({ [WITH_HEAD]: _, ...get }: Operation): Operation {
  const responses = Object.entries(get.responses ?? {}).map(([status, { content: __, ...rest }]) => [
    status,
    rest,
  ]);
  return {
    ...get,
    operationId: (get.operationId ?? '').replace(/^get/, 'head'),
    summary: `${get.summary}: the headers alone`,
    responses: Object.fromEntries(responses),
  };
}
