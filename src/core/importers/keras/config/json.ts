/**
 * JSON from a stranger: bounded in size and depth before it is parsed, and read by own properties only.
 *
 * Invariant: no key of the document ever becomes a key of an object of ours, so `__proto__` is a name like any other.
 */
import { LIMITS } from '../limits.ts';
import { exceeded, unreadable } from '../problems.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function parseJson(text: string, what: string): Json {
  if (text.length > LIMITS.configBytes)
    throw exceeded('configBytes', `${what} has ${text.length} characters.`);
  const depth = depthOf(text);
  if (depth > LIMITS.configDepth)
    throw exceeded('configDepth', `${what} is JSON too deep: nested more than ${LIMITS.configDepth} levels.`);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw unreadable(`${what} is not JSON.`, undefined, cause);
  }
}

/** Deepest nesting, without building anything; stops early beyond the limit. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length && deepest <= LIMITS.configDepth; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** An own property, or undefined; inherited ones do not exist. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function asText(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
