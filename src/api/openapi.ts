/** How the OpenAPI 3.1 document is generated from the routes' schemas. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../contracts/problem.ts';
import { ENGINE_VERSION } from '../version.ts';

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
      tags: ['models', 'datasets', 'uploads', 'jobs', 'artifacts', 'methods', 'service'].map(name => ({
        name,
      })),
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`),
    },
  });
  app.addSchema({ ...Problem, $id: 'Problem' });
}
