#!/usr/bin/env node
/**
 * A stand-in for Stripe on this machine, for development and tests: checkout with a page where one pays, a portal,
 * subscriptions that renew when its clock is pushed forward, refunds, disputes, the list of events, and deliveries to a
 * webhook, signed and repeated like Stripe's. It listens on loopback only, no money moves, and easel-server refuses it
 * in production (stripe.base_url).
 *
 *   stand-in.mjs --secret-key sk_test_… --webhook-secret whsec_… --port-file FILE
 *                [--webhook-url URL] [--price ID:AMOUNT:CURRENCY[:INTERVAL[:NAME]]]… [--state-file FILE] [--port 0]
 *
 * Once it answers, FILE holds its port. With a state file it goes on where it ended.
 */
import fs from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { addPrice, serve } from './api.mjs';
import * as checkout from './checkout.mjs';
import { Clock, day } from './clock.mjs';
import { control } from './control.mjs';
import { ApiError } from './errors.mjs';
import { parseForm } from './form.mjs';
import { payPage, portalPage, problemPage } from './pages.mjs';
import { apiVersion } from './shapes.mjs';
import * as subscriptions from './subscriptions.mjs';
import { Webhooks } from './webhooks.mjs';
import { World, newId } from './world.mjs';

const listenAddress = '127.0.0.1';
const longestBody = 64 * 1024; // bytes
const mostCalls = 2000; // remembered for /control/calls
const keyLife = day; // of an idempotency key
const beat = 100; // ms between looks at what is due

const { values: options } = parseArgs({
  options: {
    'secret-key': { type: 'string' }, 'webhook-secret': { type: 'string', multiple: true }, 'webhook-url': { type: 'string' },
    'port-file': { type: 'string' }, 'state-file': { type: 'string' }, price: { type: 'string', multiple: true, default: [] },
    port: { type: 'string', default: '0' },
  },
});
for (const name of ['secret-key', 'webhook-secret', 'port-file'])
  if (!options[name]) throw new Error(`--${name} is required`);

const file = options['state-file'];
const saved = file && fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
const clock = new Clock(saved.ahead);
const world = new World(clock, saved);
const webhooks = new Webhooks(world, { url: options['webhook-url'], secrets: options['webhook-secret'] });
const keys = new Map(Object.entries(saved.keys ?? {})); // idempotency key → {what, at, status, body}
const apiFaults = []; // each {status} | {reset: true} | {lose: true}: what the next calls meet

/** The earliest thing that is due, if it is by `limit`. */
function next(limit) {
  let first;
  for (const source of [checkout.due, subscriptions.due])
    for (const one of source(world)) if (one.at <= limit && (!first || one.at < first.at)) first = one;
  return first;
}
const parts = { world, webhooks, clock, apiFaults, next };

for (const text of options.price) {
  const [id, amount, currency, interval, nickname] = text.split(':');
  world.prices.delete(id);
  addPrice(world, { id, unit_amount: amount, currency, recurring: interval ? { interval } : undefined, nickname });
}

function save() {
  if (!file || !world.changed) return;
  world.changed = false;
  fs.writeFileSync(`${file}.new`, JSON.stringify({ ahead: clock.ahead, keys: Object.fromEntries(keys), ...world.saved() }), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

// ---- answering

async function readBody(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > longestBody) throw new ApiError(413, 'invalid_request_error', 'The body is too large.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseJson(text) {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    throw new ApiError(400, 'invalid_request_error', 'This is no JSON.');
  }
}

function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'stripe-version': apiVersion, ...headers });
  response.end(JSON.stringify(body, null, 2));
}

function sendPage(response, status, html) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}

function sendTo(response, url) {
  response.writeHead(303, { location: url });
  response.end();
}

/** Both ways that Stripe takes: the SDKs' Bearer, and the user name of `curl -u KEY:`. */
const credentials = [`Bearer ${options['secret-key']}`, `Basic ${btoa(`${options['secret-key']}:`)}`];

function checkCaller(headers) {
  if (!credentials.includes(headers.authorization))
    throw new ApiError(401, 'invalid_request_error', 'Invalid API Key provided.');
  if (headers['stripe-version'] !== apiVersion)
    throw new ApiError(400, 'invalid_request_error', `The stand-in speaks API version ${apiVersion} only.`);
}

/** The same write under the same key happens once; with other values it is an error. Refusals are not remembered. */
function once(key, what, act) {
  const before = keys.get(key);
  if (before && clock.now() - before.at < keyLife) {
    if (before.what !== what)
      throw new ApiError(400, 'idempotency_error', 'Keys for idempotent requests can only be used with the same parameters.');
    return { status: before.status, body: before.body, replayed: true };
  }
  const body = act();
  keys.set(key, { what, at: clock.now(), status: 200, body: structuredClone(body) });
  return { status: 200, body };
}

function callApi(request, url, body) {
  const requestId = newId('req');
  const key = request.headers['idempotency-key'];
  world.request = { id: requestId, idempotency_key: key ?? null };
  try {
    checkCaller(request.headers);
    const text = request.method === 'GET' ? url.search.slice(1) : body;
    const params = parseForm(text);
    world.add('calls', 'call', { method: request.method, path: url.pathname, text, key: key ?? null });
    if (world.calls.size > mostCalls) world.calls.delete(world.calls.keys().next().value);
    const act = () => serve(world, request.method, url.pathname, params);
    const answer = key && request.method === 'POST' ? once(key, `${url.pathname}?${text}`, act) : { status: 200, body: act() };
    return { ...answer, headers: { 'request-id': requestId, ...(answer.replayed ? { 'idempotent-replayed': 'true' } : {}) } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, body: error.body, headers: { 'request-id': requestId } };
  } finally {
    world.request = { id: null, idempotency_key: null };
  }
}

function answerApi(request, response, url, body) {
  const fault = apiFaults.shift();
  if (fault?.reset) return request.socket.destroy();
  if (fault?.status) return sendJson(response, fault.status, new ApiError(fault.status, 'api_error', 'Injected.').body);
  const { status, body: out, headers } = callApi(request, url, body);
  if (fault?.lose) return request.socket.destroy(); // it happened, and nobody is told
  return sendJson(response, status, out, headers);
}

// ---- pages

const filled = (url, id) => url.replaceAll('{CHECKOUT_SESSION_ID}', id).replaceAll('%7BCHECKOUT_SESSION_ID%7D', id);

function answerPay(request, response, id, body) {
  const session = world.get('sessions', id);
  if (session.status !== 'open') return sendPage(response, 410, problemPage('This payment is over.'));
  if (request.method !== 'POST') return sendPage(response, 200, payPage(session));
  const { method, email, name } = parseForm(body);
  checkout.pay(world, session, method, { email, name });
  if (session.status === 'open') return sendPage(response, 402, payPage(session, 'The card was declined.'));
  return sendTo(response, filled(session.success_url, session.id));
}

function answerPortal(request, response, id, body) {
  const portal = world.get('portals', id);
  if (request.method === 'POST') {
    const form = parseForm(body);
    const sub = world.get('subscriptions', form.subscription);
    if (sub.customer !== portal.customer || sub.ended_at) throw new ApiError(400, 'invalid_request_error', 'There is no such subscription.');
    if (form.switch) switchPlan(sub, form.switch);
    else subscriptions.cancelAtEnd(world, sub, form.action === 'cancel');
    return sendTo(response, `/portal/${id}`);
  }
  const own = [...world.of('subscriptions', (one) => one.customer === portal.customer && !one.ended_at)];
  return sendPage(response, 200, portalPage(portal, own, [...world.prices.values()]));
}

/** Up at once and charged, down when the period is over: as the portal is to be set up. */
function switchPlan(sub, wanted) {
  const [from, to] = [world.get('prices', sub.price), world.get('prices', wanted)];
  if (to.unit_amount > from.unit_amount) subscriptions.switchNow(world, sub, wanted, { proration: 'always_invoice', anew: true });
  else subscriptions.switchLater(world, sub, wanted);
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const body = await readBody(request);
  clock.catchUp(next);
  const [, section, id] = url.pathname.split('/');
  try {
    if (section === 'v1') return answerApi(request, response, url, body);
    if (section === 'pay' && id) return answerPay(request, response, id, body);
    if (section === 'portal' && id) return answerPortal(request, response, id, body);
    const out = section === 'control' && control(parts, request.method, url.pathname, parseJson(body));
    return out ? sendJson(response, 200, out) : sendPage(response, 404, problemPage('There is nothing at this address.'));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return section === 'control' ? sendJson(response, error.status, error.body) : sendPage(response, error.status, problemPage(error.message));
  } finally {
    webhooks.send();
    save();
  }
}

const server = http.createServer((request, response) => answer(request, response).catch((error) => {
  console.error(error);
  if (!response.headersSent) sendJson(response, 500, new ApiError(500, 'api_error', 'The stand-in failed.').body);
}));

server.listen(Number(options.port), listenAddress, () => {
  const { port } = server.address();
  world.base = `http://${listenAddress}:${port}`;
  fs.writeFileSync(`${options['port-file']}.new`, String(port));
  fs.renameSync(`${options['port-file']}.new`, options['port-file']);
});
const ticking = setInterval(() => {
  clock.catchUp(next);
  webhooks.send();
  save();
}, beat);

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    clearInterval(ticking);
    save();
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
