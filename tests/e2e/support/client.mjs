/** An answer, read to its end. */
export class Answer {
  static async read(response) {
    const answer = new Answer();
    answer.status = response.status;
    answer.headers = response.headers;
    answer.bytes = Buffer.from(await response.arrayBuffer());
    return answer;
  }

  get text() { return this.bytes.toString('utf8'); }
  get json() { return JSON.parse(this.text); }
  header(name) { return this.headers.get(name); }
}

/** The API over plain HTTP. */
export class Client {
  constructor(url, key) {
    this.url = url;
    this.key = key;
  }

  /** The answer once its head is there; its body is the caller's to read. */
  async open(method, target, { body, headers = {}, signal } = {}) {
    const fields = { ...(this.key ? { authorization: `Bearer ${this.key}` } : {}), ...headers };
    const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
    if (body !== undefined) fields['content-type'] ??= 'application/json';
    return fetch(this.url() + target, { method, headers: fields, body: isJson ? JSON.stringify(body) : body, signal });
  }

  async call(method, target, options) { return Answer.read(await this.open(method, target, options)); }
  async get(target, options) { return this.call('GET', target, options); }
  async post(target, body, headers) { return this.call('POST', target, { body, headers }); }

  /** Native: starts a generation and gives what the 202 says. */
  async start(body, headers) {
    const answer = await this.post('/v1/generations', body, headers);
    if (answer.status !== 202) throw new Error(`not started: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  /** The generation once it has ended. */
  async ended(id, limit = 60_000) {
    const deadline = performance.now() + limit;
    for (;;) {
      const answer = await this.get(`/v1/generations/${id}?wait=20`);
      if (answer.status !== 200) throw new Error(`${id}: ${answer.status} ${answer.text}`);
      const found = answer.json;
      if (found.ended_at !== null) return found;
      if (performance.now() > deadline) throw new Error(`${id} is still ${found.state} after ${limit} ms`);
    }
  }

  async credits() { return (await this.get('/v1/account')).json.credits; }

  /** All ledger entries, newest first. */
  async entries() {
    const all = [];
    for (let target = '/v1/account/credits?limit=100'; target;) {
      const page = (await this.get(target)).json;
      all.push(...page.entries);
      target = page.next;
    }
    return all;
  }
}
