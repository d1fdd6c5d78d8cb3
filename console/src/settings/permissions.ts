/** What an API token may do, in the server's words. */
export const PERMISSIONS = [
  'devices:read',
  'devices:write',
  'inventory:read',
  'ledger:read',
  'people:read',
  'trust:read',
  'vulnerabilities:read',
  'feeds:read',
  'feeds:manage',
  'enrolment:manage',
  'erasure:manage',
  'settings:manage',
  'tokens:manage',
] as const;
