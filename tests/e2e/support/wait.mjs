import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks until `condition` gives something true, and returns that. Nothing here waits for a length of time: a deadline
 * only turns a condition that never comes into a failure that names it.
 */
export async function eventually(what, condition, { within = 30_000, every = 10 } = {}) {
  const deadline = performance.now() + within;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await pause(every);
  }
}

/** The promise's outcome, or a failure that names it once the deadline has passed. */
export async function within(what, promise, limit = 30_000) {
  const late = new AbortController();
  const alarm = pause(limit, undefined, { signal: late.signal }).then(
    () => { throw new Error(`not within ${limit} ms: ${what}`); },
    () => undefined,
  );
  try {
    return await Promise.race([promise, alarm]);
  } finally {
    late.abort();
  }
}

/** Numbers that a seed repeats (mulberry32). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
