/** What the server says of itself each second, put together from the overview and the stream of changes. */
import { events, get } from './api.mjs';

export const live = {
  state: 'connecting', // connecting, live, lost
  why: null, // what the server said when it was lost, if it said anything
  sample: null,
  names: [],
  points: [], // { at: milliseconds, values }
};

const kept = 15 * 60;
let controller = null;
const listeners = new Set();

export const onSample = (tell) => { listeners.add(tell); return () => listeners.delete(tell); };
const tellAll = () => { for (const tell of listeners) tell(); };

function merge(list, changes, keyOf) {
  const all = new Map(list.map((one) => [keyOf(one), one]));
  for (const one of changes) all.set(keyOf(one), one);
  return [...all.values()];
}

const keys = { types: (one) => one.kind, upstreams: (one) => `${one.to}/${one.label}`, queues: (one) => one.name };

function take(change) {
  const sample = { ...live.sample, ...change };
  for (const [name, keyOf] of Object.entries(keys))
    sample[name] = merge(live.sample?.[name] ?? [], change[name] ?? [], keyOf);
  live.sample = sample;
  live.points.push({ at: Date.parse(change.at), values: live.names.map((name) => change.values[name]) });
  if (live.points.length > kept) live.points.shift();
  live.state = 'live';
  tellAll();
}

async function follow(signal) {
  const [overview, history] = await Promise.all([get('/api/overview', signal), get('/api/history', signal)]);
  live.sample = { ...overview, upstreams: [], queues: [] };
  live.names = history.names;
  live.points = history.points;
  await events('/api/stream', signal, (name, data) => { if (name === 'sample') take(data); });
}

export function start() {
  controller?.abort();
  const mine = controller = new AbortController();
  (async () => {
    for (let pause = 500; !mine.signal.aborted; pause = Math.min(pause * 2, 8000)) {
      try {
        await follow(mine.signal);
        live.why = null;
        pause = 250; // it was well for a while: a server that starts anew, or a reader that fell behind
      } catch (error) {
        if (mine.signal.aborted || error.status === 401) return;
        live.why = error.status ? error.message : null;
      }
      live.state = 'lost';
      tellAll();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  })();
}

export function stop() {
  controller?.abort();
  live.state = 'connecting';
  live.sample = null;
  live.points = [];
}

/** The values of one series, oldest first. */
export function seriesOf(name) {
  const at = live.names.indexOf(name);
  return at < 0 ? [] : live.points.map((point) => point.values[at]);
}

export const valueOf = (name) => live.sample?.values?.[name] ?? null;
