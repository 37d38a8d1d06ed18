/**
 * Requests to one server.
 *
 * Invariant: a problem document comes out as the BitpressError it was; a server that cannot be reached is named with its
 * address.
 */
import { BitpressError, CATALOGUE, type ErrorCode, fromProblem, type ProblemBody } from '../errors.ts';

export interface Connection {
  /** Without a slash at the end; a path may follow the host. */
  readonly base: string;
  /** @throws BitpressError for any answer that is not a success */
  send(request: Request): Promise<Response>;
  /** The same, for a path as the server's links have it. */
  get(path: string, signal?: AbortSignal): Promise<Response>;
}

/** @throws BitpressError invalid_request for what is no address */
export function connect(server: string, apiKey: string | undefined): Connection {
  const base = baseOf(server);
  async function send(request: Request): Promise<Response> {
    if (apiKey !== undefined) request.headers.set('authorization', `Bearer ${apiKey}`);
    let response: Response;
    try {
      response = await fetch(request);
    } catch (error) {
      if (request.signal.aborted) throw new BitpressError('cancelled', 'cancelled', { cause: error });
      const { cause } = error as { cause?: { code?: string } };
      throw new BitpressError(
        'server_unreachable',
        `${base} does not answer (${cause?.code ?? String(error)})`,
        { cause: error },
      );
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }
  return {
    base,
    send,
    get: (path, signal) => send(new Request(base + path, signal ? { signal } : {})),
  };
}

function baseOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:')
    return (url.origin + url.pathname).replace(/\/+$/, '');
  throw new BitpressError('invalid_request', `"${server}" is not an http: or https: address`, {
    field: 'server',
    hint: 'For example http://localhost:8080',
  });
}

/** Answers without a document (to HEAD, or of a proxy) are told by their status. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  404: 'not_found',
  429: 'rate_limited',
  503: 'queue_unavailable',
};

async function problemOf(response: Response): Promise<BitpressError> {
  const body = (await response.json().catch(() => undefined)) as Partial<ProblemBody> | undefined;
  if (typeof body?.code === 'string' && body.code in CATALOGUE)
    return fromProblem({ detail: '', hint: '', ...body, code: body.code as ErrorCode } as ProblemBody);
  const code = BY_STATUS[response.status] ?? 'internal';
  return new BitpressError(code, `the server answered ${response.status} ${response.statusText}`);
}
