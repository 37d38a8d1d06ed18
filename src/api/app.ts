/**
 * The HTTP application: builds it, never listens.
 *
 * Invariant: it holds no state of its own; two of them on the same queue and store behave as one.
 */
import { createHash, randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { BitpressError } from '../errors.ts';
import { declaredDigest, requireDigest } from './content-digest.ts';
import type { ApiDeps } from './deps.ts';
import { installOpenapi } from './openapi.ts';
import { installAccess } from './plugins/access.ts';
import { installAudit } from './plugins/audit.ts';
import { installDrain } from './plugins/drain.ts';
import { installRateLimit } from './plugins/rate-limit.ts';
import { installSecurityHeaders } from './plugins/security-headers.ts';
import { installProblemHandler, sendFrameworkError } from './problem-handler.ts';
import { closeQueries, watchClients } from './route.ts';
import { ROUTES } from './routes/index.ts';
import { validatorCompiler } from './validate.ts';

/** JSON bodies are specs; files are streamed past this limit and have their own. */
const JSON_BODY_BYTES = 1_048_576;

/** The longest parameter is the name of an artifact, percent-encoded. */
const MAX_PARAM_LENGTH = 1024;

export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    logger: { level: deps.logLevel },
    // Unique over servers and restarts: a problem's `instance` is looked up in the log of all of them.
    genReqId: () => randomUUID(),
    // The audit line says it in one.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: JSON_BODY_BYTES,
    // An upload over a slow line takes its time; headers do not.
    requestTimeout: 0,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: sendFrameworkError,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => data => JSON.stringify(data));
  installProblemHandler(app);
  installSecurityHeaders(app);
  installAudit(app);
  watchClients(app);
  closeQueries(app);
  installDrain(app, deps);
  installAccess(app, deps.keys);
  installRateLimit(app, deps);
  await app.register(multipart);
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  app.removeContentTypeParser('text/plain');
  // A body of nothing is fine where none is needed (cancel, retry).
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => parseJson(request, body),
  );
  await installOpenapi(app);
  for (const routes of ROUTES) routes(app, deps);
  return app;
}

/** @throws BitpressError invalid_request, digest_mismatch */
function parseJson(request: FastifyRequest, body: Buffer): unknown {
  requireDigest(declaredDigest(request), () => createHash('sha256').update(body).digest('hex'));
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new BitpressError('invalid_request', `the body is not JSON: ${(error as Error).message}`);
  }
}
