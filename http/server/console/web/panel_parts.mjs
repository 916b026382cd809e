/** What the panels have in common. */
import { bar } from './chart.mjs';
import { h } from './dom.mjs';
import { count } from './format.mjs';

const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Credits and entries to the last one: books are compared digit by digit. */
export const whole = (value) => value === null || value === undefined ? '–' : exact.format(value).replace('-', '−');

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A moment within a text that the server made, as people read it. */
export const readable = (text) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? `${text.slice(0, 10)} ${text.slice(11, 19)}` : text;

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0, left = value ?? 0;
  for (; left >= 1024 && at < units.length - 1; ++at) left /= 1024;
  return `${left < 10 && at > 0 ? left.toFixed(1) : Math.round(left)} ${units[at]}`;
}

/** Names with their numbers and a bar: [{ name, value, more, tone }]. */
export function bars(list) {
  const most = Math.max(...list.map((one) => one.value), 1);
  return h('ul', { class: 'bars' }, list.map((one) => h('li', { key: one.name },
    h('span', { class: 'name' }, one.name), h('span', { class: 'number' }, count(one.value), one.more ? h('small', {}, ` ${one.more}`) : null),
    bar(one.value / most, one.tone ?? 'accent'))));
}

export const tag = (text, tone) => h('span', { class: `state ${tone}` }, text);

/** One sentence at the top that says whether all is well, and what to do if not. */
export function verdict(tone, text, ...more) {
  return h('p', { class: `verdict ${tone}`, key: 'verdict', role: 'status' }, h('span', { class: `dot ${tone}` }), h('span', {}, h('strong', {}, text), more.length ? [' ', ...more] : null));
}

/** Links that choose what of a view is shown. */
export const choices = (label, options, chosen) => h('div', { class: 'controls', key: 'controls' },
  h('div', { class: 'switch', role: 'group', 'aria-label': label },
    options.map(([id, text, href]) => h('a', { href, key: id, 'aria-current': id === chosen ? 'true' : null }, text))));
