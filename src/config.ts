/**
 * The only reader of process.env: one table of variables -> one frozen object.
 *
 * Invariant: a wrong value stops the start with the variable's name; nothing is guessed. The README's table is this one,
 * row by row, and a test holds it to that.
 */
import { resolve } from 'node:path';
import { LIMIT_CEILINGS } from './contracts/spec.ts';
import { parseS3Address, type S3Address } from './platform/stores/s3-address.ts';

const GIB = 1024 ** 3;

export interface Variable<T> {
  readonly name: string;
  /** As the documentation shows it. */
  readonly fallback: string;
  readonly meaning: string;
  /** @param text undefined where the variable is unset @throws Error naming the variable */
  read(text: string | undefined): T;
}

export const VARIABLES = {
  host: variable('HOST', '127.0.0.1', 'where the API listens', text => text),
  port: integer('PORT', 8080, 0, 65_535, 'where the API listens'),
  redisUrl: optional(
    'REDIS_URL',
    'unset: embedded queue',
    'BullMQ on this Redis; workers may then run on other machines',
    text => (/^rediss?:\/\/\S+$/.test(text) ? text : undefined),
    'a redis:// or rediss:// address',
  ),
  dataDir: variable(
    'BITPRESS_DATA_DIR',
    './.bitpress',
    'store, embedded queue and private folders of jobs',
    text => resolve(text),
  ),
  store: optional<S3Address>(
    'BITPRESS_STORE',
    'unset: a folder in `BITPRESS_DATA_DIR`',
    '`s3://bucket/prefix?region=…&endpoint=…`: models, data and artifacts on S3-compatible storage; credentials as AWS tools read them',
    parseS3Address,
    'like s3://bucket/prefix?region=eu-central-1&endpoint=https://host',
  ),
  concurrency: integer('BITPRESS_CONCURRENCY', 1, 1, 256, 'jobs at once per worker'),
  jobTimeoutSeconds: integer(
    'BITPRESS_JOB_TIMEOUT_SECONDS',
    1800,
    1,
    LIMIT_CEILINGS.timeoutSeconds,
    "ceiling of a job's run; a spec may ask for less",
  ),
  jobMemoryMb: integer(
    'BITPRESS_JOB_MEMORY_MB',
    8192,
    256,
    LIMIT_CEILINGS.memoryMb,
    "ceiling of a job's resident memory; a spec may ask for less",
  ),
  maxUploadBytes: integer('BITPRESS_MAX_UPLOAD_BYTES', 8 * GIB, 1, Number.MAX_SAFE_INTEGER, 'per request'),
  maxQueued: integer('BITPRESS_MAX_QUEUED', 1000, 1, 1_000_000, 'jobs that may wait; more are answered 503'),
  retentionHours: integer(
    'BITPRESS_RETENTION_HOURS',
    168,
    1,
    24 * 3650,
    'lifetime of jobs, artifacts and unused uploads',
  ),
  apiKeysFile: optional(
    'BITPRESS_API_KEYS_FILE',
    'unset: open, loopback only',
    'SHA-256 of keys, one a line with a name; then `Authorization: Bearer`',
    text => text,
    'a path',
  ),
  requestsPerMinute: integer(
    'BITPRESS_REQUESTS_PER_MINUTE',
    6000,
    0,
    1_000_000_000,
    'of one key, over all servers; 0 is without limit',
  ),
  jobsPerKey: integer('BITPRESS_JOBS_PER_KEY', 200, 1, 1_000_000, 'jobs of one key that wait or run'),
  bytesPerKey: integer(
    'BITPRESS_BYTES_PER_KEY',
    100 * GIB,
    1,
    Number.MAX_SAFE_INTEGER,
    'models and datasets that one key may keep',
  ),
  allowOpen: flag('BITPRESS_ALLOW_OPEN', '`1` allows listening beyond loopback without keys'),
  webhookHosts: list(
    'BITPRESS_WEBHOOK_HOSTS',
    'unset: no webhooks',
    'where webhooks may go, with commas: `hooks.example.com`, `*.example.com`, or an origin such as `http://ci:8080`',
  ),
  webhookSecretFile: optional(
    'BITPRESS_WEBHOOK_SECRET_FILE',
    'unset',
    'needed with the former: `whsec_<base64>` a line, the current one first',
    text => text,
    'a path',
  ),
  webhookPrivate: flag('BITPRESS_WEBHOOK_PRIVATE', '`1` allows those hosts to be at internal addresses'),
  metricsPort: optionalPort(
    'BITPRESS_METRICS_PORT',
    'unset: none',
    'where a worker on Redis serves `/metrics` and `/livez`; a server has them on `PORT`',
  ),
  logLevel: oneOf(
    'LOG_LEVEL',
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'pino, JSON lines on stdout',
  ),
} as const;

export type Config = {
  readonly [K in keyof typeof VARIABLES]: (typeof VARIABLES)[K] extends Variable<infer T> ? T : never;
};
export type Environment = Readonly<Record<string, string | undefined>>;

/** Of the command line and not of the service: the key that it sends with `--server`. */
export const API_KEY_VARIABLE = 'BITPRESS_API_KEY';

export function readApiKey(env: Environment = process.env): string | undefined {
  const key = env[API_KEY_VARIABLE]?.trim();
  return key === '' ? undefined : key;
}

/** @throws Error naming the variable */
export function readConfig(env: Environment = process.env): Config {
  const values = Object.entries(VARIABLES).map(([key, { name, read }]) => {
    // An empty variable counts as unset, as compose files pass it.
    const text = env[name]?.trim();
    return [key, read(text === '' ? undefined : text)];
  });
  return Object.freeze(Object.fromEntries(values));
}

function variable<T>(
  name: string,
  fallback: string,
  meaning: string,
  parse: (text: string) => T,
): Variable<T> {
  return { name, fallback: `\`${fallback}\``, meaning, read: text => parse(text ?? fallback) };
}

function optional<T>(
  name: string,
  fallback: string,
  meaning: string,
  parse: (text: string) => T | undefined,
  expected: string,
): Variable<T | undefined> {
  const read = (text: string | undefined): T | undefined => {
    if (text === undefined) return undefined;
    return parse(text) ?? wrong(name, expected);
  };
  return { name, fallback, meaning, read };
}

function integer(
  name: string,
  fallback: number,
  min: number,
  max: number,
  meaning: string,
): Variable<number> {
  return {
    name,
    fallback: fallback >= GIB ? `${fallback / GIB} GiB` : String(fallback),
    meaning,
    read(text) {
      const number = Number(text ?? fallback);
      if (!/^\d+$/.test(text ?? '0') || number < min || number > max)
        return wrong(name, `a whole number from ${min} to ${max}`);
      return number;
    },
  };
}

function optionalPort(name: string, fallback: string, meaning: string): Variable<number | undefined> {
  const port = integer(name, 0, 0, 65_535, meaning);
  return { name, fallback, meaning, read: text => (text === undefined ? undefined : port.read(text)) };
}

function list(name: string, fallback: string, meaning: string): Variable<readonly string[]> {
  const read = (text = ''): readonly string[] =>
    text
      .split(',')
      .map(entry => entry.trim())
      .filter(entry => entry !== '');
  return { name, fallback, meaning, read };
}

function flag(name: string, meaning: string): Variable<boolean> {
  const read = (text = '0'): boolean => (text === '0' || text === '1' ? text === '1' : wrong(name, '0 or 1'));
  return { name, fallback: 'unset', meaning, read };
}

function oneOf(name: string, fallback: string, values: readonly string[], meaning: string): Variable<string> {
  const read = (text = fallback): string =>
    values.includes(text) ? text : wrong(name, `one of ${values.join(', ')}`);
  return { name, fallback: `\`${fallback}\``, meaning, read };
}

/** The value is not repeated: it may be a secret. */
function wrong(name: string, expected: string): never {
  throw new Error(`${name} must be ${expected}`);
}
