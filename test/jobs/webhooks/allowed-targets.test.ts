import type { lookup } from 'node:dns';
import { expect, test } from 'vitest';
import { checkTarget, guardedLookup } from '../../../src/jobs/webhooks/allowed-targets.ts';

const targets = {
  allowed: ['hooks.example.com', '*.ci.example.org', 'http://build.internal:8080', 'https://10.0.0.7'],
  allowPrivate: false,
};

test.each([
  'https://hooks.example.com/a?b=c',
  'https://HOOKS.example.com:8443/',
  'https://west.ci.example.org/x',
  'http://build.internal:8080/x',
])('%s is allowed', url => {
  expect(checkTarget(url, targets)).toBeInstanceOf(URL);
});

test.each([
  'not a url',
  '/relative',
  'ftp://hooks.example.com/',
  'file:///etc/passwd',
  'http://hooks.example.com/',
  'https://user:pass@hooks.example.com/',
  'https://hooks.example.com.evil.net/',
  'https://evil-ci.example.org/',
  'https://ci.example.org/',
  'http://build.internal/',
  'https://build.internal:8080/',
  // Named by the operator, but in a class that is not meant.
  'https://10.0.0.7/',
])('%s is refused', url => {
  expect(() => checkTarget(url, targets)).toThrow(expect.objectContaining({ code: 'webhook_refused' }));
});

test.each(['https://2130706433/', 'https://0x7f.1/', 'https://[::ffff:127.0.0.1]/'])(
  '%s is loopback in disguise',
  url => {
    const { hostname } = new URL(url);
    const named = { allowed: [hostname], allowPrivate: false };
    expect(() => checkTarget(url, named)).toThrow(expect.objectContaining({ code: 'webhook_refused' }));
  },
);

test('an internal address is allowed where it is meant, the metadata address never', () => {
  expect(checkTarget('https://10.0.0.7/', { ...targets, allowPrivate: true })).toBeInstanceOf(URL);
  const named = { allowed: ['https://169.254.169.254'], allowPrivate: true };
  expect(() => checkTarget('https://169.254.169.254/', named)).toThrow();
});

function resolving(addresses: readonly string[]): Promise<unknown> {
  const resolve = ((_name: string, _options: unknown, done: (error: null, found: unknown) => void) =>
    done(
      null,
      addresses.map(address => ({ address, family: 4 })),
    )) as unknown as typeof lookup;
  return new Promise((resolved, reject) => {
    guardedLookup(targets, resolve)('hooks.example.com', { all: true }, (error, found) =>
      error ? reject(error) : resolved(found),
    );
  });
}

test('a name is checked by what it resolves to, every address of it', async () => {
  expect(await resolving(['93.184.215.14'])).toEqual([{ address: '93.184.215.14', family: 4 }]);
  for (const addresses of [['127.0.0.1'], ['93.184.215.14', '10.0.0.1'], ['169.254.169.254'], []])
    await expect(resolving(addresses)).rejects.toMatchObject({ code: 'webhook_refused' });
});
