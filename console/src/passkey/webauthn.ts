// The browser's half of WebAuthn: bytes to and from the API's texts, and why it cannot or did not.
import type { PasskeyOffer, PasskeyQuestion, PasskeySignIn } from '../api/shape.ts';

/** How long the browser waits for its person; the server waits as long. */
const TIMEOUT_MS = 300_000;

/** Why passkeys do not work here, whatever the person does. */
export type Obstacle = 'no-browser' | 'page-ip-address' | 'ip-address' | 'not-https' | 'elsewhere';
/** Why a browser came back without an answer. */
export type BrowserRefusal = 'certificate' | 'cancelled' | 'known' | 'unfit' | 'other';

/** A browser came back without an answer. */
export class PasskeyError extends Error {
  readonly refusal: BrowserRefusal;

  constructor(refusal: BrowserRefusal, cause: unknown) {
    super(`passkey: ${refusal}`, { cause });
    this.name = 'PasskeyError';
    this.refusal = refusal;
  }
}

/** What is asked of the page, apart so that a test can say it. */
export interface Page {
  origin: string;
  hostname: string;
  hasPasskeys: boolean;
}

export function thisPage(): Page {
  const hasPasskeys = window.isSecureContext && 'PublicKeyCredential' in window && 'credentials' in navigator;
  return { origin: location.origin, hostname: location.hostname, hasPasskeys };
}

/** Why passkeys do not work here; nothing where they may. */
export function obstacleOf(page: Page, server: PasskeySignIn): Obstacle | undefined {
  if (server.off) return server.off;
  if (isAddress(page.hostname)) return 'page-ip-address';
  if (server.origin !== page.origin) return 'elsewhere';
  return page.hasPasskeys ? undefined : 'no-browser';
}

function isAddress(hostname: string): boolean {
  return hostname.includes(':') || /^\d+(\.\d+){3}$/.test(hostname);
}

export function toBase64url(bytes: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
}

const named = (ids: string[]): PublicKeyCredentialDescriptor[] => ids.map((id) => ({ type: 'public-key', id: fromBase64url(id) }));

/** Has an authenticator make a passkey. */
export async function makePasskey(offer: PasskeyOffer) {
  const publicKey: PublicKeyCredentialCreationOptions = {
    challenge: fromBase64url(offer.challenge),
    rp: { id: offer.rp_id, name: 'Purser' },
    user: { id: fromBase64url(offer.user_handle), name: offer.user_name, displayName: offer.user_name },
    pubKeyCredParams: offer.algorithms.map((alg) => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    excludeCredentials: named(offer.passkeys),
    timeout: TIMEOUT_MS,
  };
  const made = (await asked(navigator.credentials.create({ publicKey }))) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return { client_data: toBase64url(response.clientDataJSON), attestation_object: toBase64url(response.attestationObject) };
}

/** Has an authenticator show a passkey. */
export async function showPasskey(question: PasskeyQuestion) {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: fromBase64url(question.challenge),
    rpId: question.rp_id,
    allowCredentials: named(question.passkeys),
    userVerification: 'required',
    timeout: TIMEOUT_MS,
  };
  const shown = (await asked(navigator.credentials.get({ publicKey }))) as PublicKeyCredential;
  const response = shown.response as AuthenticatorAssertionResponse;
  return {
    credential_id: toBase64url(shown.rawId),
    client_data: toBase64url(response.clientDataJSON),
    authenticator_data: toBase64url(response.authenticatorData),
    signature: toBase64url(response.signature),
    user_handle: response.userHandle ? toBase64url(response.userHandle) : undefined,
  };
}

async function asked(answer: Promise<Credential | null>): Promise<Credential> {
  let credential: Credential | null;
  try {
    credential = await answer;
  } catch (failure) {
    throw new PasskeyError(refusalOf(failure), failure);
  }
  if (!credential) throw new PasskeyError('cancelled', undefined);
  return credential;
}

/** Browsers say little, so that no page learns which passkeys somebody has. Only the certificate is named, by those based on Chromium. */
export function refusalOf(failure: unknown): BrowserRefusal {
  const { name, message } = failure instanceof Error || failure instanceof DOMException ? failure : { name: '', message: '' };
  if (/certificate/i.test(message)) return 'certificate';
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled';
  if (name === 'InvalidStateError') return 'known';
  if (name === 'NotSupportedError' || name === 'ConstraintError') return 'unfit';
  return 'other';
}
