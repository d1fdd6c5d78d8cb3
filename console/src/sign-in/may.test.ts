import { expect, test } from 'vitest';
import { mayOf } from './may.ts';

const technician = { permissions: ['devices:read', 'devices:write', 'self:manage'], on_all_devices: ['self:manage'] };

test('what is held on some devices is not held on all', () => {
  expect(mayOf(technician).some('devices:write')).toBe(true);
  expect(mayOf(technician).all('devices:write')).toBe(false);
  expect(mayOf(technician).some('ledger:read')).toBe(false);
  expect(mayOf(technician).onlyOwn).toBe(false);
});

test('without a role, and before it is known who is signed in, there is nothing but the own account', () => {
  expect(mayOf({ permissions: ['self:manage'], on_all_devices: ['self:manage'] }).onlyOwn).toBe(true);
  expect(mayOf(undefined).some('self:manage')).toBe(false);
  expect(mayOf(null).onlyOwn).toBe(true);
});
