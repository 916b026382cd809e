#!/usr/bin/env node
/**
 * A stand-in for Google's sign-in on this machine, for development and tests: a strict OpenID provider (oidc-provider)
 * that knows one client and a few people, and lets whoever asks choose who to be. It listens on loopback only, keeps
 * everything in memory, and easel-server refuses it in production (google.issuer).
 *
 *   stand-in.mjs --client-id ID --client-secret SECRET --port-file FILE [--port 0]
 *
 * Once it answers, FILE holds its port; its issuer is http://localhost:PORT. Redirects may go to /sign-in/callback at
 * any port of 127.0.0.1 (RFC 8252, section 7.3).
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import Provider, { interactionPolicy } from 'oidc-provider';
import { choosePage, errorPage } from './pages.mjs';
import { people, personOf } from './people.mjs';

const longestForm = 4096; // bytes
const listenAddress = '127.0.0.1';

const { values: options } = parseArgs({
  options: {
    'client-id': { type: 'string' }, 'client-secret': { type: 'string' }, 'port-file': { type: 'string' },
    port: { type: 'string', default: '0' },
  },
});
for (const name of ['client-id', 'client-secret', 'port-file'])
  if (!options[name]) throw new Error(`--${name} is required`);

/** Asks anew each time who signs in, as Google does of people with several accounts, and nothing else. */
function askEachTime() {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }));
  policy.get('login').checks.add(new interactionPolicy.Check('choose', 'a person must be chosen',
    (context) => !context.oidc.result?.login));
  return policy;
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(20).toString('hex'), alg: 'RS256', use: 'sig' };
}

/** Whoever is chosen agrees to everything that is asked. */
async function grantAll({ oidc }) {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid email profile');
  await grant.save();
  return grant;
}

function configuration() {
  return {
    clients: [{
      client_id: options['client-id'], client_secret: options['client-secret'],
      application_type: 'native', redirect_uris: ['http://127.0.0.1/sign-in/callback'],
      grant_types: ['authorization_code'], response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'RS256',
    }],
    responseTypes: ['code'], scopes: ['openid', 'email', 'profile'], clientAuthMethods: ['client_secret_post'],
    jwks: { keys: [signingKey()] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    // Google puts what the scopes ask for into the ID token; a strict provider would keep it for its userinfo.
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub'], email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name', 'picture', 'locale', 'hd'],
    },
    findAccount: (_, sub) => personOf(sub) && { accountId: sub, claims: () => personOf(sub) },
    loadExistingGrant: grantAll,
    features: {
      devInteractions: { enabled: false }, pushedAuthorizationRequests: { enabled: false }, rpInitiatedLogout: { enabled: false },
    },
    interactions: { policy: askEachTime(), url: (_, interaction) => `/choose/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { AuthorizationCode: 60, Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 3600 },
    renderError: (context, out) => {
      context.type = 'html';
      context.body = errorPage(out.error, out.error_description);
    },
  };
}

async function readForm(request) {
  let body = '';
  for await (const piece of request) {
    body += piece;
    if (body.length > longestForm) throw new Error('the form is too large');
  }
  return new URLSearchParams(body);
}

function answer(response, status, html) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}

/** The page where a person is chosen, and what was chosen. */
async function choose(provider, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') return answer(response, 200, choosePage(people, params.client_id));
  const form = await readForm(request);
  if (form.get('deny'))
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'nobody was chosen' });
  if (!personOf(form.get('sub'))) return answer(response, 400, errorPage('invalid_request', 'there is no such person'));
  return provider.interactionFinished(request, response, {
    login: { accountId: form.get('sub'), remember: false }, select_account: {},
  });
}

let handle = (_, response) => answer(response, 503, errorPage('temporarily_unavailable', 'starting'));
const server = http.createServer((request, response) => handle(request, response));

server.listen(Number(options.port), listenAddress, () => {
  const { port } = server.address();
  const provider = new Provider(`http://localhost:${port}`, configuration());
  const serve = provider.callback();
  handle = (request, response) => {
    if (!request.url.startsWith('/choose/')) return serve(request, response);
    choose(provider, request, response).catch((error) => {
      console.error(error.message);
      if (!response.headersSent) answer(response, 400, errorPage('invalid_request', 'this choice is over; sign in anew'));
    });
  };
  fs.writeFileSync(`${options['port-file']}.new`, String(port));
  fs.renameSync(`${options['port-file']}.new`, options['port-file']);
});

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
