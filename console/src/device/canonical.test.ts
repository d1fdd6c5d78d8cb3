import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalText, sha256 } from './canonical.ts';

/** As an inspection copy stands on a host: compact, in the order of the wire format, with what JSON escapes and what it does not. */
const INSPECTION_COPY =
  '{"host_name":"bücher-1","os":{"id":"debian","version_id":"12"},"hardware":{"cpu_count":8,"memory_bytes":33554432000},' +
  '"packages":[{"name":"zlib1g","version":"1:1.2.13.dfsg-1"},{"name":"adduser","note":"tab\\tquote\\"\\u0001 and / and \u2028"}]}';

test('a state that was read is written again with the bytes of the inspection copy', () => {
  expect(canonicalText(JSON.parse(INSPECTION_COPY) as Record<string, unknown>)).toBe(INSPECTION_COPY);
});

test('its digest is the one that a host computes over the file', async () => {
  const digest = createHash('sha256').update(INSPECTION_COPY).digest('hex');
  expect(await sha256(canonicalText(JSON.parse(INSPECTION_COPY) as Record<string, unknown>))).toBe(digest);
});
