/** Forms as Stripe's API takes them: `a[b][0][c]=v`, `a[]=v`. Everything stays text. */
import { invalid } from './errors.mjs';

const deepest = 8;
const plain = /^[\w-]*$/;

/** A nested object of `text`; throws an ApiError when a name is malformed. */
export function parseForm(text) {
  const out = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) put(out, path(name), value);
  return out;
}

function path(name) {
  const [, head, rest] = /^([\w.-]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  const keys = head === undefined ? [] : [head, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map((one) => one[1])];
  if (keys.length === 0 || keys.length > deepest || !keys.slice(1).every((one) => plain.test(one)))
    throw invalid(name.slice(0, 80), 'This is no name of a parameter.');
  return keys;
}

function put(out, keys, value) {
  let at = out;
  for (const [i, key] of keys.entries()) {
    const own = key === '' ? String(Object.keys(at).length) : key;
    if (i === keys.length - 1) at[own] = value;
    else at = at[own] = typeof at[own] === 'object' ? at[own] : Object.create(null);
  }
}

/** The items of a list, whose names are its indexes. */
export const listOf = (value) => (value && typeof value === 'object' ? Object.values(value) : []);

/** The texts of a map such as metadata. An empty text takes a key away. */
export function mapOf(value, before = {}) {
  const out = { ...before, ...(typeof value === 'object' ? value : {}) };
  return Object.fromEntries(Object.entries(out).filter(([, one]) => one !== ''));
}

export const isTrue = (value) => value === 'true';
