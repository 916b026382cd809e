import { randomBytes } from 'node:crypto';
import path from 'node:path';
import Stripe from 'stripe';
import { root } from './paths.mjs';
import { Program } from './program.mjs';
import { scratchDirectory } from './scratch.mjs';
import { eventually } from './wait.mjs';

let started = 0;

export const day = 86_400; // seconds
export const month = 31 * day;

/** What is for sale in tests: Stripe's price ids, amounts in cents. */
export const prices = {
  pack: 'price_pack_small', month: 'price_plan_month', large: 'price_plan_large', year: 'price_plan_year',
};
const sold = [
  `${prices.pack}:500:eur::Small pack`, `${prices.month}:900:eur:month:Monthly`, `${prices.large}:1900:eur:month:Large`,
  `${prices.year}:9000:eur:year:Yearly`,
];

/** The stand-in for Stripe, as ./run starts it. */
export class StripeStandIn {
  static async start({ webhookUrl, stateFile } = {}) {
    const standIn = new StripeStandIn();
    standIn.secretKey = `sk_test_${randomBytes(12).toString('hex')}`;
    standIn.webhookSecret = `whsec_${randomBytes(12).toString('hex')}`;
    standIn.arguments = [
      '--secret-key', standIn.secretKey, '--webhook-secret', standIn.webhookSecret,
      ...sold.flatMap((one) => ['--price', one]), ...(webhookUrl ? ['--webhook-url', webhookUrl] : []),
      ...(stateFile ? ['--state-file', stateFile] : []),
    ];
    await standIn.run();
    return standIn;
  }

  async run() {
    const file = path.join(scratchDirectory(), `stripe-stand-in-${++started}.port`);
    this.program = new Program('stripe-stand-in', process.execPath, [
      path.join(root, 'tools/stripe-stand-in/stand-in.mjs'), ...this.arguments, '--port-file', file,
    ]);
    this.port = await this.program.port(file);
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** The official SDK as client. */
  sdk(options = {}) {
    return new Stripe(this.secretKey, { host: '127.0.0.1', port: this.port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...options });
  }

  async control(method, target, body) {
    const answer = await fetch(`${this.url}/control/${target}`, { method, body: body && JSON.stringify(body) });
    const found = await answer.json();
    if (!answer.ok) throw new Error(`stand-in: ${target}: ${found.error.message}`);
    return found;
  }

  async state() { return this.control('GET', 'state'); }
  async calls() { return (await this.control('GET', 'calls')).calls; }
  async advance(seconds) { return this.control('POST', 'clock', { seconds }); }
  async faults(what) { return this.control('POST', 'faults', what); }
  async pay(session, method = 'card', more = {}) { return this.control('POST', `sessions/${session}/pay`, { method, ...more }); }

  /** Once every event is delivered. */
  async delivered() { return eventually('all is delivered', async () => (await this.state()).undelivered === 0); }

  async stop() { await this.program.stop(); }
}

/** What a server that sells through the stand-in needs in its configuration. */
export const shopSettings = (standIn) => ({
  stripe: { key: standIn.secretKey, webhook_secret: standIn.webhookSecret, base_url: standIn.url },
  billing: {
    instance: 'e2e', poll: '50 ms', first_backoff: '50 ms', longest_backoff: '500 ms', tail_every: '500 ms',
    plan: [
      { id: 'monthly', name: 'Monthly', price: prices.month, amount: 900, currency: 'eur', credits_per_month: 300 },
      { id: 'large', name: 'Large', price: prices.large, amount: 1900, currency: 'eur', credits_per_month: 800 },
      { id: 'yearly', name: 'Yearly', price: prices.year, amount: 9000, currency: 'eur', interval: 'year', credits_per_month: 300 },
    ],
    pack: [{ id: 'small', name: 'Small pack', price: prices.pack, amount: 500, currency: 'eur', credits: 120 }],
  },
});
