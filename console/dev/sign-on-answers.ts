// Providers of single sign-on, made up: of two, one can be used.
import type { SignOnProvider } from '../src/api/shape.ts';
import { type Given, json, none, notFound, ok, problem } from './answers.ts';
import { ago, type Question, type World } from './world.ts';

const GOOD = 'idp_0000000000001';

export function mockProviders(): SignOnProvider[] {
  return [
    made(GOOD, 'https://id.example.org/realms/fleet', 'purser', {
      name: 'Example directory',
      scopes: ['email', 'profile', 'groups'],
      takes_newcomers: true,
      groups_claim: 'groups',
      groups: [
        { group: 'it-security', role: 'auditor' },
        { group: 'windows-desk', role: 'technician', devices: 'os:windows' },
      ],
      required: true,
    }),
    made('idp_0000000000002', 'https://login.partner.example/a-rather-long-address/of-a-partner-organisation/v2.0', 'b2b-4711', {
      name: 'Partner',
      scopes: ['email', 'profile'],
      takes_newcomers: false,
      groups_claim: 'groups',
      groups: [],
      required: false,
    }),
  ];
}

type Rules = Pick<SignOnProvider, 'name' | 'scopes' | 'takes_newcomers' | 'groups_claim' | 'groups' | 'required'>;

function made(provider: string, issuer: string, client_id: string, rules: Rules): SignOnProvider {
  const sign_in_url = `https://purser.example.org/sign-in/${provider}`;
  return { provider, issuer, client_id, has_secret: true, created_at: ago(40), redirect_uri: `${sign_in_url}/back`, sign_in_url, ...rules };
}

/** `/sign-on/begin` and `/sign-on/finish`, for anybody. */
export function signOnAnswer(question: Question): Given {
  if (question.path[1] === 'finish') return problem(401, 'sign-on-refused', 'Single sign-on was refused', 'What your organisation’s provider answered does not let you in.');
  const { provider } = json(question) as { provider: string };
  return provider === GOOD ? ok({ location: 'https://id.example.org/authorize' }) : notFound;
}

/** `/sign-on/providers`, for whoever manages settings. */
export function providersAnswer(world: World, question: Question): Given {
  const [, , id, act] = question.path;
  if (question.method === 'GET') return ok({ items: world.providers });
  if (id === undefined) {
    const { issuer, client_id, rules } = json(question) as unknown as { issuer: string; client_id: string; rules: Rules };
    if (!issuer.startsWith('https://')) return problem(422, 'invalid', 'Part of the request is not acceptable', 'an address of a provider is https://HOST[:PORT][/PATH]', 'issuer');
    const provider = made(`idp_000000000000${world.providers.length + 1}`, issuer, client_id, rules);
    world.providers.push(provider);
    return { status: 201, body: provider };
  }
  const found = world.providers.find((one) => one.provider === id);
  if (!found) return notFound;
  if (act === 'check') return ok({ fault: id === GOOD ? null : 'discovery-issuer' });
  if (act === 'remove') {
    world.providers = world.providers.filter((one) => one !== found);
    return none;
  }
  Object.assign(found, (json(question) as unknown as { rules: Rules }).rules);
  return ok(found);
}
