/** Everything that the page asks of the server. */

const place = 'easel-operator-token'; // of this tab alone, for those who come with the server's token
const ranks = ['viewer', 'operator', 'admin'];
let onSignedOut = () => {};

/** Who is signed in: { name, role }, or null. The cookie is the browser's matter, and no script's. */
export const session = {
  who: null,
  may(role) { return session.who !== null && ranks.indexOf(session.who.role) >= ranks.indexOf(role); },
  whenOver(tell) { onSignedOut = tell; },
  /** `why`: what the person should know of it, or nothing. */
  over(why = null) { session.who = null; sessionStorage.removeItem(place); onSignedOut(why); },

  /** Whether somebody is signed in already. That the server cannot tell is a refusal. */
  async find() {
    const answer = await fetch('/api/session', { headers: credentials(), cache: 'no-store' });
    if (!answer.ok && answer.status !== 401) throw new Refusal(answer.status, await answer.json().catch(() => null));
    const found = answer.ok ? await answer.json() : null;
    session.who = found?.name ? found : null;
    return session.who !== null;
  },
  async begin(name, password, code) {
    session.who = await send('POST', '/api/session', { name, password, ...(code ? { code } : {}) });
  },
  async beginWithToken(token) {
    sessionStorage.setItem(place, token);
    const forget = () => sessionStorage.removeItem(place);
    if (await session.find().catch((error) => { forget(); throw error; })) return;
    forget();
    throw new Refusal(401, { detail: 'That is not the token of this server.' });
  },
  async end() {
    session.over(sessionStorage.getItem(place) ? null : await endThere());
  },
};

/** Ends the session at the server; why it may live on there, if it may. */
async function endThere() {
  const answer = await fetch('/api/session', { method: 'DELETE' }).catch(() => null);
  if (answer?.ok) return null;
  return (await answer?.json().catch(() => null))?.detail ?? 'The server does not answer: you may still be signed in.';
}

function credentials() {
  const token = sessionStorage.getItem(place);
  return token ? { authorization: `Bearer ${token}` } : {};
}

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The server answered ${status}.`);
    this.status = status;
  }
}

async function open(path, signal) {
  const answer = await fetch(path, { headers: credentials(), signal, cache: 'no-store' });
  if (answer.status === 401) session.over();
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
  return answer;
}

export const get = async (path, signal) => (await open(path, signal)).json();

/** `accepted`: statuses besides the good ones whose document is an answer too. */
export async function send(method, path, body, accepted = []) {
  const answer = await fetch(path, { method, headers: { ...credentials(), 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const document = await answer.json().catch(() => null);
  if (answer.status === 401 && session.who) session.over();
  if (!answer.ok && !accepted.includes(answer.status)) throw new Refusal(answer.status, document);
  return document;
}

/** The query of an address, without what is empty. */
export function query(values) {
  const all = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return all.length === 0 ? '' : `?${new URLSearchParams(all)}`;
}

/** Server-sent events until `signal`; ends, with or without an error, when the server ends them. */
export async function events(path, signal, tell) {
  const reader = (await open(path, signal)).body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (field('event')) tell(field('event'), JSON.parse(field('data')));
    }
  }
}
