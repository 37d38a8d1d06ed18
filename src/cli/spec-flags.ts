/** From the flags of `quantize` to a job spec. What is wrong is named by its flag. */
import { BitpressError } from '../errors.ts';
import { readNumber } from './method-flags.ts';

/** The flags that are not a method's. */
export interface SpecFlags {
  readonly metric?: string;
  readonly target?: string;
  readonly gate?: readonly string[];
  readonly preprocess?: readonly string[];
  readonly repair?: boolean;
  readonly benchmark?: boolean;
  readonly timeout?: string;
  readonly memory?: string;
}

/** `--calibration synthetic` asks for random data. */
export const SYNTHETIC = 'synthetic';

export function specFrom(
  method: Readonly<Record<string, unknown>> | undefined,
  flags: SpecFlags,
): Record<string, unknown> {
  const gates = gatesFrom(flags.gate ?? []);
  const preprocess = preprocessFrom(flags.preprocess ?? []);
  const limits = {
    ...(flags.timeout !== undefined && { timeoutSeconds: readNumber('--timeout', flags.timeout) }),
    ...(flags.memory !== undefined && { memoryMb: readNumber('--memory', flags.memory) }),
  };
  return {
    ...(method && { method }),
    ...(flags.metric !== undefined && { metric: flags.metric }),
    ...(flags.target !== undefined && { target: flags.target }),
    ...(Object.keys(gates).length > 0 && { gates }),
    ...(Object.keys(preprocess).length > 0 && { preprocess }),
    ...(flags.repair === false && { repair: false }),
    ...(flags.benchmark === false && { benchmark: false }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

/** `name=value`, once for each gate. */
function gatesFrom(given: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    given.map(text => {
      const [name, value] = halves('--gate', text, 'maxAccuracyDrop=0.01');
      return [name, readNumber(`--gate ${name}`, value)];
    }),
  );
}

/** `input=JSON`, or `input=scale:0.0039,bias:-1,layout:nchw` with "/" between the entries of a list. */
function preprocessFrom(given: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    given.map(text => {
      const [name, value] = halves('--preprocess', text, 'image=scale:0.00392156862745098');
      return [name, value.startsWith('{') ? json(text, value) : shortForm(name, value)];
    }),
  );
}

function shortForm(name: string, text: string): Record<string, unknown> {
  return Object.fromEntries(
    text.split(',').map(part => {
      const [key = '', value = ''] = part.split(':', 2);
      if (key === 'layout' || key === 'resize') return [key, value];
      const numbers = value.split('/').map(each => readNumber(`--preprocess ${name} ${key}`, each));
      return [key, key === 'mean' || key === 'std' ? numbers : numbers[0]];
    }),
  );
}

function json(whole: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new BitpressError('invalid_spec', `--preprocess ${whole} holds no valid JSON`, {
      field: '--preprocess',
    });
  }
}

function halves(flag: string, text: string, example: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new BitpressError('invalid_spec', `${flag} takes name=value, not "${text}"`, {
    field: flag,
    hint: `For example ${flag} ${example}`,
  });
}
