import { createHmac } from 'node:crypto';

/** RFC 6238 with SHA-1, 30 s, six digits. */
export function totp(secret: string, at = Date.now()): string {
  const bits = [...secret.replace(/[\s=]/g, '')].map((one) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest[19] ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Whether a code is that of this step or one of its neighbours. */
export function isCode(secret: string, code: string | undefined): boolean {
  return [-30_000, 0, 30_000].some((offset) => totp(secret, Date.now() + offset) === code);
}

/** A picture that looks like a QR code and says nothing. */
export function mockPicture(): string {
  const size = 33;
  const finder = (x: number, y: number) => `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`;
  let path = finder(0, 0) + finder(size - 7, 0) + finder(0, size - 7);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const isFinder = (x < 8 && y < 8) || (x > size - 9 && y < 8) || (x < 8 && y > size - 9);
      if (!isFinder && (x * 7 + y * 13 + x * y) % 5 < 2) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 37 37"><rect x="-2" y="-2" width="37" height="37" fill="#fff"/><path fill="#000" fill-rule="evenodd" d="${path}"/></svg>`;
}
