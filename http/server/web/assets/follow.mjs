/** Follows generations by their event streams, a few at a time: a browser opens six connections to one host, and the
    pages need some of them. The others wait for their turn, and are looked at when it comes. */

import { get } from './api.mjs';
import { hasEnded } from './cards.mjs';

const atOnce = 3;
const retryAfter = 2000; // milliseconds between looks at a generation whose stream was refused

const waiting = [];
let open = 0;

/** @param watcher `state(generation)`, `image(image)`, `partial(index, base64)`, `lost()`, `gone()` */
export function follow(id, watcher) {
  waiting.unshift({ id, watcher });
  next();
}

function next() {
  while (open < atOnce && waiting.length > 0) {
    ++open;
    attend(waiting.shift()).finally(() => { --open; next(); });
  }
}

async function attend({ id, watcher }) {
  for (;;) {
    if (await stream(id, watcher) === 'ended') return;
    // The stream was refused or ended early: the generation itself says what has become of it.
    try {
      const now = await get(`/v1/generations/${id}`);
      watcher.state(now);
      if (hasEnded(now)) return;
    } catch (problem) {
      if (problem.status === 404) return watcher.gone();
      watcher.lost();
    }
    await new Promise((resolve) => { setTimeout(resolve, retryAfter); });
  }
}

/** Resolves with 'ended', or with 'lost' when the browser gives the stream up. It reconnects by itself before that. */
function stream(id, watcher) {
  return new Promise((resolve) => {
    const source = new EventSource(`/v1/generations/${id}/events`);
    const read = (event) => JSON.parse(event.data);
    const end = (how) => { source.close(); resolve(how); };
    source.addEventListener('state', (event) => watcher.state(read(event)));
    source.addEventListener('image', (event) => watcher.image(read(event)));
    source.addEventListener('partial', (event) => {
      const { index, b64_json: base64 } = read(event);
      watcher.partial(index, base64);
    });
    source.addEventListener('ended', (event) => { watcher.state(read(event)); end('ended'); });
    source.addEventListener('error', (event) => {
      if (event.data !== undefined || source.readyState === EventSource.CLOSED) end('lost');
      else watcher.lost();
    });
  });
}
