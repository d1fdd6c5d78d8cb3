import { expect, test } from 'vitest';
import { fromBase64url, obstacleOf, refusalOf, toBase64url } from './webauthn.ts';

const ORIGIN = 'https://purser.example:8443';
const page = { origin: ORIGIN, hostname: 'purser.example', hasPasskeys: true };
const server = { origin: ORIGIN, off: null };

test('passkeys work at the origin of the public address, in a browser that has them', () => {
  expect(obstacleOf(page, server)).toBeUndefined();
  expect(obstacleOf({ ...page, hasPasskeys: false }, server)).toBe('no-browser');
});

test('the reason is told that helps most', () => {
  expect(obstacleOf(page, { origin: null, off: 'ip-address' })).toBe('ip-address');
  expect(obstacleOf({ ...page, origin: 'https://other.example', hostname: 'other.example' }, server)).toBe('elsewhere');
  for (const hostname of ['192.0.2.7', '[2001:db8::7]']) {
    expect(obstacleOf({ origin: `https://${hostname}`, hostname, hasPasskeys: true }, server)).toBe('page-ip-address');
  }
});

test('bytes come through the texts of the API', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const text = toBase64url(bytes.buffer);
  expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(fromBase64url(text)).toEqual(bytes);
});

test('what a browser refuses is told apart as far as browsers do', () => {
  expect(refusalOf(new DOMException('WebAuthn is not supported on sites with TLS certificate errors.', 'NotAllowedError'))).toBe('certificate');
  expect(refusalOf(new DOMException('The operation either timed out or was not allowed.', 'NotAllowedError'))).toBe('cancelled');
  expect(refusalOf(new DOMException('', 'InvalidStateError'))).toBe('known');
  expect(refusalOf(new DOMException('', 'NotSupportedError'))).toBe('unfit');
  expect(refusalOf('a text')).toBe('other');
});
