/** Deliveries to the webhook, signed and repeated as Stripe's are, and what can go wrong with them. */
import { createHmac } from 'node:crypto';
import { Clock, day, hour } from './clock.mjs';

const retryPauses = [5, 60, 600, hour, 3 * hour, 6 * hour, 12 * hour]; // seconds; the last one repeats
const givesUpAfter = 3 * day;
const answerLimit = 10_000; // ms
const shuffleWindow = 50; // ms in which deliveries gather before they leave in a random order

export const noFaults = { drop: false, copies: 1, shuffle: false, forge: false, stale: 0 };

/** `t` and `v1` for each secret, over the bytes as they are sent. */
export function sign(body, secrets, at) {
  const mac = (secret) => createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex');
  return [`t=${at}`, ...secrets.map((one) => `v1=${mac(one)}`)].join(',');
}

function shuffled(list) {
  const out = [...list];
  for (let i = out.length - 1; i > 0; --i) {
    const j = Math.floor(Math.random() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

export class Webhooks {
  faults = { ...noFaults };
  counts = { attempts: 0, delivered: 0, refused: 0, unreachable: 0, dropped: 0 };
  #inFlight = new Set(); // ids of events
  #sending = Promise.resolve();

  constructor(world, endpoint) {
    this.world = world;
    this.endpoint = endpoint; // {url, secrets}; no url: nothing is delivered
  }

  get #waiting() {
    return [...this.world.of('events', (one) => !one.delivered && one.next_attempt !== null)];
  }

  /** How many events are not delivered and will be tried again. */
  get undelivered() { return this.endpoint.url ? this.#waiting.length : 0; }

  /** Sends what is due. Deliveries follow each other, unless they are to be shuffled. */
  send() {
    if (!this.endpoint.url) return;
    const now = this.world.clock.now();
    let due = this.#waiting.filter((one) => one.next_attempt <= now && !this.#inFlight.has(one.id));
    if (due.length === 0) return;
    for (const one of due) this.#inFlight.add(one.id);
    const all = due.flatMap((one) => Array(this.faults.copies).fill(one));
    if (this.faults.shuffle) {
      setTimeout(() => shuffled(all).forEach((one) => this.#deliver(one)), shuffleWindow);
    } else {
      for (const one of all) this.#sending = this.#sending.then(() => this.#deliver(one));
    }
  }

  async #deliver(event) {
    event.attempts += 1;
    this.counts.attempts += 1;
    const went = this.faults.drop ? 'dropped' : await this.#post(event);
    this.counts[went] += 1;
    this.#inFlight.delete(event.id);
    this.world.changed = true;
    if (went === 'delivered') {
      event.delivered = true;
    } else if (!event.delivered) {
      const now = this.world.clock.now();
      event.next_attempt = now - event.created > givesUpAfter ? null
        : now + (retryPauses[event.attempts - 1] ?? retryPauses.at(-1));
    }
  }

  async #post(event) {
    const body = Buffer.from(JSON.stringify(this.world.show('events', event), null, 2));
    const secrets = this.faults.forge ? ['whsec_of_somebody_else'] : this.endpoint.secrets;
    try {
      const answer = await fetch(this.endpoint.url, {
        method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(answerLimit),
        headers: {
          'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe/1.0 (stand-in)',
          'stripe-signature': sign(body, secrets, Clock.real() - this.faults.stale),
        },
      });
      await answer.arrayBuffer();
      return answer.ok ? 'delivered' : 'refused';
    } catch {
      return 'unreachable';
    }
  }
}
