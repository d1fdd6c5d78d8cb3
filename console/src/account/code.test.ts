import { expect, test } from 'vitest';
import { CODE_OR_RECOVERY_CODE } from './code.ts';

/** As a browser compares a field with its pattern. */
const pattern = new RegExp(`^(?:${CODE_OR_RECOVERY_CODE})$`, 'v');

test('a code of the authenticator and a recovery code are taken as people type them', () => {
  for (const typed of ['123456', '123 456', '7KQ2-M0XV-9T4R-H1WA', '7kq2m0xv9t4rh1wa', '7kq2 m0xv 9t4r h1wa']) expect(typed).toMatch(pattern);
  for (const typed of ['', '12345', '7KQ2-M0XV-9T4R', '7KQ2-M0XV-9T4R-H1WA-0']) expect(typed).not.toMatch(pattern);
});
