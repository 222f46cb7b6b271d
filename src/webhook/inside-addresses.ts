import { BlockList } from 'node:net';

const IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

// An IPv4 address written as an IPv6 one is looked up among the former by BlockList itself.
const IPV6 = [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/**
 * Every address that is not one of the public internet: private and loopback ones, those of a link (a cloud's metadata
 * among them), and those that lead into another network's (NAT64, 6to4, Teredo).
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export const insideAddresses: BlockList = listOf([
  ...IPV4.map((network) => [network, 'ipv4'] as const),
  ...IPV6.map((network) => [network, 'ipv6'] as const),
]);

function listOf(networks: readonly (readonly [string, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const [network, family] of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
