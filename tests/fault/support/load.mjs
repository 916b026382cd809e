import { seededRandom, eventually } from '../../e2e/support/wait.mjs';

const nonsense = 'nonsense'; // instead of an id

/**
 * Clients that keep the house busy and behave as real ones do: a request without an answer is sent again, under the same
 * Idempotency-Key, to whichever node lives. They remember what was promised to them: ids, and nothing else.
 */
export class Load {
  constructor(house, accounts, { clients = 24, seed = 1, prefix = 'load' } = {}) {
    this.house = house;
    this.accounts = accounts;
    this.random = seededRandom(seed);
    this.prefix = prefix;
    this.accepted = new Map(); // id -> {prompt, n, account}
    this.answers = 0;
    this.requests = 0;
    this.problems = [];
    this.running = true;
    this.done = Promise.all(Array.from({ length: clients }, () => this.#client()));
    this.done.catch(() => undefined); // told by stop()
  }

  /** The test has failed elsewhere. */
  abandon() {
    this.running = false;
    this.abandoned = true;
  }

  /** Lets the clients end what they have in hand; every request that was begun has its answer then. */
  async stop() {
    this.running = false;
    await this.done;
    this.assertSane();
  }

  assertSane() {
    if (this.problems.length > 0) throw new Error(`clients were told nonsense: ${this.problems.slice(0, 5).join('; ')}`);
  }

  async #client() {
    while (this.running) {
      const number = ++this.requests;
      const account = this.accounts[Math.floor(this.random() * this.accounts.length)];
      const n = this.random() < 0.5 ? 1 : 2;
      const prompt = `${this.prefix} ${number}`;
      const id = await this.#create(account, { prompt, n }, `${this.prefix}-${number}`);
      if (id === nonsense) continue;
      this.accepted.set(id, { prompt, n, account });
      await this.#follow(account, id);
    }
  }

  async #create(account, body, key) {
    return eventually(`${body.prompt} is accepted`, async () => {
      if (this.abandoned) return nonsense;
      const answer = await this.#ask(account, (api) => api.post('/v1/generations', body, { 'idempotency-key': key }));
      if (!answer || answer.status === 503 || answer.status === 429) return undefined;
      if (answer.status === 202) return answer.json.id;
      this.problems.push(`${body.prompt}: ${answer.status} ${answer.text.slice(0, 200)}`);
      this.running = false;
      return nonsense;
    }, { within: 60_000, every: 20 });
  }

  // Half of the clients watch, the others go on at once, so that more is in work than there are clients.
  async #follow(account, id) {
    if (this.random() < 0.5) return;
    await eventually(`${id} ends`, async () => {
      const answer = await this.#ask(account, (api) => api.get(`/v1/generations/${id}?wait=5`));
      return !this.running || (answer?.status === 200 && answer.json.ended_at !== null);
    }, { within: 120_000, every: 20 });
  }

  /** An answer, or nothing where the connection was lost or no node lives. */
  async #ask(account, call) {
    const living = this.house.nodes.filter((one) => one.alive);
    if (living.length === 0) return undefined;
    const node = living[Math.floor(this.random() * living.length)];
    try {
      const answer = await call(this.house.client(account, node));
      this.answers += 1;
      return answer;
    } catch (error) {
      if (error instanceof TypeError) return undefined; // fetch: the connection failed
      throw error;
    }
  }
}
