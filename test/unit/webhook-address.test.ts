import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { insideAddresses } from '../../src/webhook/inside-addresses.js';
import { parseWebhookUrl } from '../../src/webhook/webhook-url.js';

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'ff02::1',
])('%s is inside', (address) => {
  expect(insideAddresses.check(address, address.includes(':') ? 'ipv6' : 'ipv4')).toBe(true);
});

test.each([
  '1.1.1.1',
  '11.0.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.169.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
  '::ffff:1.1.1.1',
])('%s is not', (address) => {
  expect(insideAddresses.check(address, address.includes(':') ? 'ipv6' : 'ipv4')).toBe(false);
});

const rulesOf = (environment: Record<string, string> = {}) => readConfig(environment).webhooks;

test('a receiver is called by https, without what stands behind the #', () => {
  expect(parseWebhookUrl('https://Shop.example/hooks?a=1#top', rulesOf()).href).toBe('https://shop.example/hooks?a=1');
});

test.each([
  ['shop.example', 'must be an absolute https URL'],
  ['ftp://shop.example', 'must be an absolute https URL'],
  [`https://shop.example/${'x'.repeat(2048)}`, 'must be an absolute https URL'],
  ['https://rick:secret@shop.example', 'must not hold a user and password'],
  ['http://shop.example', 'must be https'],
  ['http://127.0.0.1:4000', 'must be https'],
])('refuses %s', (url, rule) => {
  expect(() => parseWebhookUrl(url, rulesOf())).toThrow(rule);
});

test('http is for who allows it, and for the own machine where addresses inside are allowed', () => {
  const isTaken = (url: string, environment: Record<string, string>) => {
    try {
      return parseWebhookUrl(url, rulesOf(environment)) !== undefined;
    } catch {
      return false;
    }
  };
  const [outside, loopback] = ['http://shop.example/', 'http://127.0.0.1:4000/'];
  expect(isTaken(outside, { WEBHOOK_ALLOW_HTTP: 'true' })).toBe(true);
  expect(isTaken(loopback, { WEBHOOK_ALLOW_PRIVATE: 'true' })).toBe(true);
  expect(isTaken('http://127.0.0.1.shop.example/', { WEBHOOK_ALLOW_PRIVATE: 'true' })).toBe(false);
});
