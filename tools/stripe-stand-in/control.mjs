/** What only tests and developers do: push the clock, make things go wrong, look inside. JSON in, JSON out. */
import * as checkout from './checkout.mjs';
import { invalid } from './errors.mjs';
import * as payments from './payments.mjs';
import * as subscriptions from './subscriptions.mjs';
import { noFaults } from './webhooks.mjs';

const longestStep = 400 * 86_400; // seconds

function advance(parts, { seconds }) {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > longestStep) throw invalid('seconds', `0 to ${longestStep}`);
  parts.clock.advance(seconds, parts.next);
  parts.world.changed = true;
  return { now: parts.clock.now() };
}

function setFaults(parts, what) {
  for (const name of Object.keys(what))
    if (!(name in noFaults) && name !== 'api') throw invalid(name, 'There is no such fault.');
  const { api, ...deliveries } = what;
  if (api) parts.apiFaults.push(...api);
  Object.assign(parts.webhooks.faults, deliveries);
  return { ...parts.webhooks.faults, api: parts.apiFaults };
}

function setWebhook(parts, what) {
  Object.assign(parts.webhooks.endpoint, what);
  return { url: parts.webhooks.endpoint.url };
}

/** Delivers again what gave up or waits for its next try. */
function retryNow({ world }) {
  for (const one of world.of('events', (each) => !each.delivered)) one.next_attempt = world.clock.now();
  return {};
}

function state({ world, webhooks, clock }) {
  const size = Object.fromEntries(Object.entries(world).filter(([, one]) => one instanceof Map).map(([name, one]) => [name, one.size]));
  return { now: clock.now(), size, deliveries: webhooks.counts, undelivered: webhooks.undelivered, faults: webhooks.faults };
}

const shown = (kind, change) => ({ world }, body, id) => world.show(kind, change(world, body, id));

const routes = {
  'POST /control/clock': advance,
  'POST /control/faults': setFaults,
  'POST /control/webhook': setWebhook,
  'POST /control/retry': retryNow,
  'GET /control/state': state,
  'GET /control/calls': ({ world }) => ({ calls: [...world.calls.values()] }),
  'POST /control/sessions/{id}/pay': shown('sessions', (world, { method, ...details }, id) => {
    checkout.pay(world, world.get('sessions', id), method, details);
    return world.get('sessions', id);
  }),
  'POST /control/sessions/{id}/settle': shown('sessions', (world, { arrives }, id) => {
    checkout.settle(world, world.get('sessions', id), arrives);
    return world.get('sessions', id);
  }),
  'POST /control/subscriptions/{id}/card': shown('subscriptions', (world, { card }, id) => {
    subscriptions.setCard(world, world.get('subscriptions', id), card);
    return world.get('subscriptions', id);
  }),
  'POST /control/refunds/{id}/fail': shown('refunds', (world, _, id) => payments.failRefund(world, id)),
  'POST /control/disputes': shown('disputes', (world, body) => payments.dispute(world, body)),
  'POST /control/disputes/{id}/close': shown('disputes', (world, { status }, id) => payments.closeDispute(world, id, status)),
};

/** The answer, or undefined when there is no such address. */
export function control(parts, method, path, body) {
  const [, , kind, id, action] = path.split('/');
  const pattern = id === undefined ? `/control/${kind}` : `/control/${kind}/{id}${action ? `/${action}` : ''}`;
  return routes[`${method} ${pattern}`]?.(parts, body, id);
}
