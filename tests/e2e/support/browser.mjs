/** As much of a browser as signing in needs: cookies by host, redirects, and what it says of where a request comes from. */
export class Browser {
  jars = new Map(); // origin → name → value
  setCookies = [];  // every Set-Cookie of every answer: {origin, name, value, attributes}

  #jar(url) {
    const { origin } = new URL(url);
    if (!this.jars.has(origin)) this.jars.set(origin, new Map());
    return this.jars.get(origin);
  }

  cookie(url, name) { return this.#jar(url).get(name); }

  #keep(url, line) {
    const [pair, ...attributes] = line.split(';').map((one) => one.trim());
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const expired = attributes.some((one) => /^max-age=0$/i.test(one)) || value === '';
    if (expired) this.#jar(url).delete(name);
    else this.#jar(url).set(name, value);
    this.setCookies.push({ origin: new URL(url).origin, name, value, attributes });
  }

  /** One request, without following anything. `form` makes it a POST from a page of `from`, by default the same site. */
  async request(url, { method, form, json, from = 'same-origin', headers = {} } = {}) {
    const cookies = [...this.#jar(url)].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = form ? new URLSearchParams(form) : json === undefined ? undefined : JSON.stringify(json);
    const fields = { ...headers };
    if (cookies) fields.cookie = cookies;
    if (from) fields['sec-fetch-site'] = from;
    if (json !== undefined) fields['content-type'] = 'application/json';
    const answer = await fetch(url, { method: method ?? (body ? 'POST' : 'GET'), redirect: 'manual', body, headers: fields });
    for (const line of answer.headers.getSetCookie()) this.#keep(url, line);
    return answer;
  }

  /** Follows redirects until a page comes, or until `stop(url)` says that the next address is not to be opened. */
  async open(url, options = {}, stop = () => false) {
    let answer = await this.request(url, options);
    this.at = url;
    while (answer.headers.get('location')) {
      this.at = new URL(answer.headers.get('location'), this.at).href;
      if (stop(this.at)) return answer;
      answer = await this.request(this.at);
    }
    return answer;
  }
}
