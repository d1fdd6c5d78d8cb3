// A small API server for development, inside Vite's own. `npm run dev` and `npm run mock` answer `/api/v1` from made-up data;
// `npm run mock` also serves the built console with the server's Content-Security-Policy and nonce, so that a breach of the
// policy is seen here first. Nothing of this folder is in the build.
//
// PURSER_API=https://localhost:8443 hands the API's addresses to a real server instead.
//
// PURSER_MOCK=fresh    one device, no advisories, no account: the journey from the set-up link on
// PURSER_MOCK=empty    signed in, nothing enrolled
// PURSER_MOCK=fleet    the default: a fleet of PURSER_MOCK_DEVICES (240) devices; people with different roles (people-answers.ts)
//                      sign in by any password
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Connect, Plugin } from 'vite';
import { answer } from './answers.ts';
import { type Scenario, World } from './world.ts';

/** The policy that the server promises, with a nonce for each answer. */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ');

const REAL_API = process.env.PURSER_API;

/** Vite's proxy to the real server, where one is named; its certificate is its own. */
export const realApi = REAL_API ? { '/api': { target: REAL_API, secure: false } } : undefined;

export function mockServer(): Plugin {
  const scenario = (process.env.PURSER_MOCK ?? 'fleet') as Scenario;
  const world = new World(scenario, Number(process.env.PURSER_MOCK_DEVICES ?? 240));
  return {
    name: 'purser-mock',
    configureServer(server) {
      if (!REAL_API) server.middlewares.use(apiOf(world));
    },
    configurePreviewServer(server) {
      if (!REAL_API) server.middlewares.use(apiOf(world));
      server.middlewares.use(pageOf(join(server.config.root, server.config.build.outDir)));
    },
  };
}

function pageOf(folder: string): Connect.NextHandleFunction {
  return (request, response, next) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method !== 'GET' || path.startsWith('/api/') || /\.[a-z0-9]+$/.test(path)) return next();
    const nonce = randomBytes(16).toString('base64');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', policy(nonce));
    response.end(readFileSync(join(folder, 'index.html'), 'utf8').replace('__CSP_NONCE__', nonce));
  };
}

function apiOf(world: World): Connect.NextHandleFunction {
  return async (request, response, next) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith('/api/v1/')) return next();
    const body = await bodyOf(request);
    const given = answer(world, {
      method: request.method ?? 'GET',
      path: url.pathname.slice('/api/v1'.length).split('/').slice(1).map(decodeURIComponent),
      query: url.searchParams,
      body,
      signedIn: world.signedIn(request.headers.cookie ?? ''),
    });
    send(response, given);
  };
}

function send(response: ServerResponse, given: ReturnType<typeof answer>) {
  const request = `req_${randomBytes(6).toString('hex')}`;
  response.statusCode = given.status;
  response.setHeader('x-request-id', request);
  response.setHeader('cache-control', 'no-store');
  if (given.cookie !== undefined) response.setHeader('set-cookie', `mock=${given.cookie}; HttpOnly; SameSite=Strict; Path=/`);
  if (given.body === undefined) {
    response.end();
    return;
  }
  const isProblem = given.status >= 400;
  response.setHeader('content-type', isProblem ? 'application/problem+json' : 'application/json');
  response.end(JSON.stringify(isProblem ? { ...(given.body as object), request } : given.body));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
