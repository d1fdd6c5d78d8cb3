/** What a browser brings back from a provider. */
export interface Brought {
  code: string;
  state: string;
  /** Who says that it is from them. */
  issuer: string | undefined;
}

/** What an address brings; nothing where the provider did not sign anybody in. */
export function broughtBy(search: string): Brought | undefined {
  const told = new URLSearchParams(search);
  // One that stands there twice is one that somebody put there.
  const one = (name: string) => (told.getAll(name).length === 1 ? (told.get(name) ?? undefined) : undefined);
  const [code, state] = [one('code'), one('state')];
  if (!code || !state || told.has('error')) return undefined;
  return { code, state, issuer: one('iss') };
}

/** The provider of an organisation's sign-in link, or of its last part; nothing where it is none. */
export function providerOf(link: string): string | undefined {
  return /(?:^|\/sign-in\/)(idp_[0-9a-z]{13})\/?$/.exec(link.trim())?.[1];
}
