import http from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import { atExit } from './scratch.mjs';

const person = { sub: '4711', email: 'ada@example.org', email_verified: true, name: 'Ada Lovelace' };

/**
 * An identity provider that can be made to misbehave. It agrees to everything at once. `faults` by path (`/token`,
 * `/jwks`, `/.well-known/openid-configuration`) answer in its place; `forge` makes the ID token in its place.
 */
export class FaultyGoogle {
  client = { client_id: 'faulty', client_secret: 'a secret that is at least this long' };
  faults = new Map();    // path → (request, response) => void
  requests = new Map();  // path → how many came
  #nonces = new Map();   // code → nonce

  static async start() {
    const google = new FaultyGoogle();
    google.issuer = new OAuth2Issuer();
    await google.issuer.keys.generate('RS256', { kid: 'first' });
    google.service = new OAuth2Service(google.issuer);
    google.service.on('beforeTokenSigning', ({ payload }) => Object.assign(payload, person));
    google.service.on('beforeAuthorizeRedirect', ({ url }, { query }) => {
      google.#nonces.set(url.searchParams.get('code'), query.nonce);
    });
    google.server = http.createServer((request, response) => google.#serve(request, response));
    await new Promise((resolve) => google.server.listen(0, '127.0.0.1', resolve));
    google.server.unref();
    atExit(() => google.stop());
    google.issuer.url = google.url = `http://127.0.0.1:${google.server.address().port}`;
    return google;
  }

  /** What a server that signs people in with it needs in [google]. */
  get settings() { return { ...this.client, issuer: this.url, other_spellings: [] }; }

  /** Replaces all keys by a new one. */
  async rotate(kid) {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const key = { ...await exportJWK(privateKey), kid, alg: 'RS256' };
    const fresh = new OAuth2Issuer();
    await fresh.keys.add(key);
    Object.defineProperty(this.issuer, 'keys', { value: fresh.keys, configurable: true });
  }

  /** The private key that signs at present, as a JWK. */
  get key() { return this.issuer.keys.toJSON(true)[0]; }

  count(path) { return this.requests.get(path) ?? 0; }

  mend() {
    this.faults.clear();
    this.forge = undefined;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, this.url);
    this.requests.set(pathname, this.count(pathname) + 1);
    const fault = this.faults.get(pathname);
    if (fault) return fault(request, response);
    if (pathname !== '/token' || !this.forge) return this.service.requestHandler(request, response);
    let body = '';
    for await (const part of request) body += part;
    const form = new URLSearchParams(body);
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...person, iss: this.url, aud: form.get('client_id'), nonce: this.#nonces.get(form.get('code')), iat: now, exp: now + 3600,
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: 'x', token_type: 'Bearer', expires_in: 3600, id_token: await this.forge(claims) }));
  }
}
