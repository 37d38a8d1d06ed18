/**
 * What kind of network an address belongs to, so that a webhook reaches nothing that its sender could not.
 *
 * Source: the IANA special-purpose address registries (RFC 6890 and its updates). What is not globally reachable and not
 * somebody's internal network is refused: among it the link-local range, where clouds keep their credentials.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

export type AddressClass = 'public' | 'private' | 'refused';

const PRIVATE = list([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '::1/128',
  'fc00::/7',
]);

const REFUSED = list([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  // An IPv4 address inside an IPv6 one goes where the gateway likes.
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
]);

export function addressClass(address: string): AddressClass {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return addressClass(mapped);
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  if (family === undefined || REFUSED.check(address, family)) return 'refused';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

function list(ranges: readonly string[]): BlockList {
  const blocked = new BlockList();
  for (const range of ranges) {
    const [network, bits] = range.split('/') as [string, string];
    blocked.addSubnet(network, Number(bits), isIPv4(network) ? 'ipv4' : 'ipv6');
  }
  return blocked;
}
