import { expect, test } from 'vitest';
import { broughtBy, providerOf } from './brought.ts';

test('a code is brought back with its state, and with who sends it where that is said', () => {
  expect(broughtBy('?code=a&state=b')).toEqual({ code: 'a', state: 'b', issuer: undefined });
  expect(broughtBy('?code=a&state=b&iss=https%3A%2F%2Fid.example')).toEqual({ code: 'a', state: 'b', issuer: 'https://id.example' });
});

test('nothing is brought back by a failure, by half an answer, or by one that says two things', () => {
  for (const search of ['', '?error=access_denied&state=b', '?code=a', '?state=b', '?code=a&code=c&state=b', '?code=a&state=b&error=x']) {
    expect(broughtBy(search)).toBeUndefined();
  }
});

test('a sign-in link is known by its last part, wherever the server is', () => {
  for (const link of ['https://purser.example/sign-in/idp_0000000000001', ' idp_0000000000001 ', '/sign-in/idp_0000000000001/']) {
    expect(providerOf(link)).toBe('idp_0000000000001');
  }
  for (const link of ['', 'https://purser.example/sign-in', 'ten_0000000000001', 'idp_1', 'javascript:idp_0000000000001']) {
    expect(providerOf(link)).toBeUndefined();
  }
});
