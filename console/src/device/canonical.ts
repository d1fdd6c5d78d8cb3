// The canonical state as a text, and what this browser makes of its digest. The server gives the state in the order of the
// inspection copy, and JSON without white space is written in one way only, so both texts have the same bytes.

export function canonicalText(state: Record<string, unknown>): string {
  return JSON.stringify(state);
}

/** SHA-256 in lower-case hexadecimal digits; undefined where the browser offers none (on a page without TLS). */
export async function sha256(text: string): Promise<string | undefined> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle) return undefined;
  const digest = new Uint8Array(await subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
