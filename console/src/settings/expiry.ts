/** Lifetimes that are offered, in days. */
export const LIFETIMES_DAYS = [1, 7, 30, 90, 365] as const;

export function expiryIn(days: number, now = new Date()): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString();
}
