/** The texts of the page's language, from the one catalogue that the server's pages use too. */

const language = document.documentElement.lang;
const catalogue = await (await fetch(new URL(`./${language}.json`, import.meta.url))).json();
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
const months = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
const megabytes = new Intl.NumberFormat(language, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const distances = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
const spans = { second: 1, minute: 60, hour: 3600, day: 86_400 };

export const has = (key) => key in catalogue;

/** A text with its {values} in place. With a `count` it is `key.one` or `key.other`, as the language wants. */
export function text(key, values = {}) {
  const found = catalogue[`${key}.${plurals.select(values.count ?? 0)}`] ?? catalogue[key];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === 'number' ? numbers.format(values[name]) : values[name]);
}

export const day = (time) => days.format(new Date(time));
export const month = (time) => months.format(new Date(time));
export const size = (bytes) => megabytes.format(bytes / 1e6);
export const moment = (time) => moments.format(new Date(time));

/** "5 minutes ago", "in 3 days". */
export function fromNow(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const unit = Object.keys(spans).findLast((one) => Math.abs(seconds) >= spans[one]) ?? 'second';
  return distances.format(Math.trunc(seconds / spans[unit]), unit);
}

/** An amount in the currency's smallest unit. */
export function money(amount, currency) {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function timeSpan(seconds) {
  const [amount, unit] = seconds < 90 ? [seconds, 'second'] : [Math.round(seconds / 60), 'minute'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
}
