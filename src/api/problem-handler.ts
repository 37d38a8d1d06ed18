/**
 * Every error as application/problem+json, from one place.
 *
 * Invariant: what is not in the catalogue is logged and answered as `internal` without its message.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_TYPE, type Problem } from '../contracts/problem.ts';
import { BitpressError, isBitpressError, toProblem } from '../errors.ts';

/** Seconds after which an overload or an outage is worth another try. */
const RETRY_AFTER_SECONDS = 5;

export function installProblemHandler(app: FastifyInstance): void {
  const verbs = allowedVerbs(app);
  const notFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = verbs(path);
    if (allowed.length === 0)
      return sendProblem(new BitpressError('not_found', 'there is nothing at this path'), request, reply);
    reply.header('allow', allowed.join(', '));
    return sendProblem(
      new BitpressError('method_not_allowed', `this path answers ${allowed.join(', ')}`),
      request,
      reply,
    );
  };
  // A body that nobody wanted is not looked into: there is nothing at the path, or not for this verb.
  app.setErrorHandler((error, request, reply) =>
    request.is404 ? notFound(request, reply) : sendProblem(fromFastify(error), request, reply),
  );
  app.setNotFoundHandler(notFound);
}

/** Errors before there is a route: a path that cannot be decoded, or is longer than any of ours. */
export function sendFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(fromFastify(error), request, reply);
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = toProblem(error);
  if (body.status >= 500) request.log.error({ err: error }, body.title);
  if ((body.status === 503 || body.status === 429) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (body.status === 401) reply.header('www-authenticate', 'Bearer');
  const problem: Problem = { type: `/docs#${body.code}`, ...body, instance: request.id };
  // As bytes, since a string would get a charset parameter, which JSON does not have (RFC 8259, 11).
  return reply
    .code(body.status)
    .type(PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}

/** The framework's own errors by their code; what it blames on the client is the client's. */
function fromFastify(error: unknown): unknown {
  if (isBitpressError(error) || !(error instanceof Error)) return error;
  const { code, statusCode } = error as FastifyError;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new BitpressError('unsupported_media_type', error.message);
  if (statusCode === 413) return new BitpressError('payload_too_large', error.message, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new BitpressError('invalid_request', error.message, { cause: error });
  return error;
}

/** RFC 9110, 15.5.6: 405 "MUST generate an Allow header field". */
function allowedVerbs(app: FastifyInstance): (path: string) => string[] {
  const routes: { readonly pattern: RegExp; readonly verb: string }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:[A-Za-z]+/g, '[^/]+')}$`);
    for (const verb of [method].flat()) routes.push({ pattern, verb });
  });
  return path => [...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ verb }) => verb))];
}
