/** After how many days a host's package lists say too little about today. */
export const LISTS_STALE_DAYS = 7;

/** Whether "no updates" from lists of this age is an answer. */
export function listAge(updatedAt: string | null | undefined, now: Date): 'fresh' | 'stale' | 'unknown' {
  if (!updatedAt) return 'unknown';
  const age = now.getTime() - new Date(updatedAt).getTime();
  return age <= LISTS_STALE_DAYS * 86_400_000 ? 'fresh' : 'stale';
}
