/**
 * Where webhooks may go: hosts the operator named, at addresses of a class the operator meant.
 *
 * An entry is `hooks.example.com` or `*.example.com` (https, any port), or a whole origin such as
 * `http://ci.internal:8080`.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { BitpressError } from '../../errors.ts';
import { addressClass } from './address-class.ts';

export interface WebhookTargets {
  readonly allowed: readonly string[];
  /** Addresses of internal networks and of this machine may be reached too. */
  readonly allowPrivate: boolean;
}

/** @throws BitpressError webhook_refused */
export function checkTarget(text: string, targets: WebhookTargets): URL {
  const refuse = (detail: string): BitpressError =>
    new BitpressError('webhook_refused', detail, { field: 'url' });
  if (!URL.canParse(text)) throw refuse('the webhook is not an absolute URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('a webhook is an https: URL');
  if (url.username !== '' || url.password !== '') throw refuse('a webhook URL holds no credentials');
  if (!targets.allowed.some(entry => covers(entry, url)))
    throw refuse(`webhooks to ${url.origin} are not allowed on this service`);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !reachable(literal, targets))
    throw refuse(`webhooks to the address ${literal} are not allowed on this service`);
  return url;
}

function covers(entry: string, url: URL): boolean {
  if (entry.includes('://')) return URL.canParse(entry) && new URL(entry).origin === url.origin;
  if (url.protocol !== 'https:') return false;
  const host = entry.toLowerCase();
  return host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host;
}

/**
 * A resolver for one request: the address that was checked is the one that is connected to, so a name that changes its
 * mind between two look-ups gains nothing.
 */
export function guardedLookup(targets: WebhookTargets, resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      const refused = addresses.find(({ address }) => !reachable(address, targets));
      if (refused || addresses.length === 0)
        return callback(
          new BitpressError('webhook_refused', `${hostname} leads to ${refused?.address ?? 'no address'}`),
          [],
        );
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

function reachable(address: string, { allowPrivate }: WebhookTargets): boolean {
  const found = addressClass(address);
  return found === 'public' || (found === 'private' && allowPrivate);
}
