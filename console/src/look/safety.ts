// What the console owes to the server's Content-Security-Policy: the nonce for the few generated style elements, and a
// Trusted Types policy for the one place where a library writes text through `innerHTML`.

/** The nonce that the server put into this page, or an empty text in development. */
export function styleNonce(): string {
  const content = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
  return content === '__CSP_NONCE__' ? '' : content;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

/**
 * Mantine writes its style sheet's text through `innerHTML` of a `<style>`. The default policy lets text through that
 * holds no markup at all, so that no string can ever become an element.
 */
export function guardSinks() {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  factory?.createPolicy('default', { createHTML: refuseMarkup });
}

export function refuseMarkup(text: string): string {
  if (text.includes('<')) throw new TypeError('markup is not written from text');
  return text;
}
