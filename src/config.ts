/**
 * The only reader of process.env: one schema -> one frozen object.
 *
 * Invariant: a wrong value stops the start with the variable's name; nothing is guessed. The README's table is this list.
 */
import { resolve } from 'node:path';

const GIB = 1024 ** 3;

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly redisUrl: string | undefined;
  readonly dataDir: string;
  /** Jobs at once per worker. */
  readonly concurrency: number;
  readonly jobTimeoutSeconds: number;
  readonly jobMemoryMb: number;
  readonly maxUploadBytes: number;
  /** Jobs that may wait; more are answered 503. */
  readonly maxQueued: number;
  readonly retentionHours: number;
  readonly apiKeysFile: string | undefined;
  readonly allowOpen: boolean;
  readonly logLevel: string;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error naming the variable. */
export function readConfig(env: Environment = process.env): Config {
  const config: Config = {
    host: text(env, 'HOST') ?? '127.0.0.1',
    port: integer(env, 'PORT', 8080, 0, 65_535),
    redisUrl: redisUrl(env),
    dataDir: resolve(text(env, 'BITPRESS_DATA_DIR') ?? '.bitpress'),
    concurrency: integer(env, 'BITPRESS_CONCURRENCY', 1, 1, 256),
    jobTimeoutSeconds: integer(env, 'BITPRESS_JOB_TIMEOUT_SECONDS', 1800, 1, 7 * 86_400),
    jobMemoryMb: integer(env, 'BITPRESS_JOB_MEMORY_MB', 8192, 256, 4_194_304),
    maxUploadBytes: integer(env, 'BITPRESS_MAX_UPLOAD_BYTES', 8 * GIB, 1, Number.MAX_SAFE_INTEGER),
    maxQueued: integer(env, 'BITPRESS_MAX_QUEUED', 1000, 1, 1_000_000),
    retentionHours: integer(env, 'BITPRESS_RETENTION_HOURS', 168, 1, 24 * 3650),
    apiKeysFile: text(env, 'BITPRESS_API_KEYS_FILE'),
    allowOpen: flag(env, 'BITPRESS_ALLOW_OPEN'),
    logLevel: text(env, 'LOG_LEVEL') ?? 'info',
  };
  if (!LOG_LEVELS.includes(config.logLevel)) throw wrong('LOG_LEVEL', `one of ${LOG_LEVELS.join(', ')}`);
  return Object.freeze(config);
}

/** An empty variable counts as unset, as compose files pass it. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const value = text(env, name);
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < min || number > max)
    throw wrong(name, `a whole number from ${min} to ${max}`);
  return number;
}

function flag(env: Environment, name: string): boolean {
  const value = text(env, name);
  if (value !== undefined && value !== '0' && value !== '1') throw wrong(name, '0 or 1');
  return value === '1';
}

function redisUrl(env: Environment): string | undefined {
  const value = text(env, 'REDIS_URL');
  if (value !== undefined && !/^rediss?:\/\/\S+$/.test(value))
    throw wrong('REDIS_URL', 'a redis:// or rediss:// address');
  return value;
}

/** The value is not repeated: it may be a secret. */
function wrong(name: string, expected: string): Error {
  return new Error(`${name} must be ${expected}`);
}
