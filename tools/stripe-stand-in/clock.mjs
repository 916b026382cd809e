/** Time that goes by itself and can be pushed forward, never back. Seconds, as Stripe writes time. */
export class Clock {
  #ahead; // seconds before real time
  #fixed;

  constructor(ahead = 0) { this.#ahead = ahead; }

  get ahead() { return this.#ahead; }
  static real() { return Math.floor(Date.now() / 1000); }
  now() { return this.#fixed ?? Clock.real() + this.#ahead; }

  /** Does what is due, each at its own time and in order. `next(limit)` gives the earliest {at, run} up to `limit`. */
  catchUp(next, limit = this.now()) {
    for (let due = next(limit); due; due = next(limit)) {
      this.#fixed = due.at;
      try {
        due.run();
      } finally {
        this.#fixed = undefined;
      }
    }
  }

  advance(seconds, next) {
    this.catchUp(next, this.now() + seconds);
    this.#ahead += seconds;
  }
}

export const minute = 60;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The same day of the month `count` months later, or the month's last. */
export function monthsLater(start, count) {
  const from = new Date(start * 1000);
  const to = new Date(from);
  to.setUTCDate(1);
  to.setUTCMonth(from.getUTCMonth() + count);
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(from.getUTCDate(), last));
  return Math.floor(to.getTime() / 1000);
}
