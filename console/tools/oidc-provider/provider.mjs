// A real provider of OpenID Connect (npm oidc-provider, certified) with its own pages for development: any name signs in, by any
// password. It listens before its client is known, since the console tells where people come back to only then.
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

export const CLIENT_ID = 'purser';
export const CLIENT_SECRET = 'a secret of the journey: 100% made up';

/** Starts listening; `serve` gives it its client. */
export async function listening({ port, key, cert }) {
  let answer = (_request, response) => response.writeHead(503).end();
  const server = createServer({ key, cert }, (request, response) => answer(request, response));
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const issuer = `https://localhost:${port}`;
  return {
    issuer,
    /** From now on people can be sent here, and are sent back there. */
    serve({ redirectUri, groupsOf }) {
      answer = new Provider(issuer, {
        clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code'] }],
        claims: { openid: ['sub'], email: ['email'], groups: ['groups'] },
        scopes: ['openid', 'email', 'groups'],
        findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.org`, groups: groupsOf(id) }) }),
        cookies: { keys: ['a key of the journey'] },
      }).callback();
    },
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
