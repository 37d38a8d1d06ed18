import { expect, test } from 'vitest';
import { addressClass } from '../../../src/jobs/webhooks/address-class.ts';

// The ranges of https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sister.
test.each([
  ['93.184.215.14', 'public'],
  ['172.32.0.1', 'public'],
  ['2606:2800:21f:cb07::1', 'public'],
  ['::ffff:93.184.215.14', 'public'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['127.0.0.1', 'private'],
  ['127.8.8.8', 'private'],
  ['::1', 'private'],
  ['fd12:3456::1', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['0.0.0.0', 'refused'],
  ['169.254.169.254', 'refused'],
  ['::ffff:169.254.169.254', 'refused'],
  ['192.0.2.1', 'refused'],
  ['224.0.0.1', 'refused'],
  ['255.255.255.255', 'refused'],
  ['::', 'refused'],
  ['fe80::1', 'refused'],
  ['ff02::1', 'refused'],
  ['64:ff9b::a9fe:a9fe', 'refused'],
  ['2002:7f00:1::', 'refused'],
  ['not an address', 'refused'],
])('%s is %s', (address, expected) => {
  expect(addressClass(address)).toBe(expected);
});
