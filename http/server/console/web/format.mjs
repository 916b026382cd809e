/** Numbers as people read them: three digits that mean something, and a unit. */

const groups = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(value) {
  if (value === null || value === undefined) return '–';
  if (value < 100_000) return groups.format(value);
  if (value < 1e6) return `${(value / 1e3).toFixed(0)}k`;
  return value < 1e9 ? `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)}M` : `${(value / 1e9).toFixed(1)}G`;
}

export function rate(value) {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0';
  return value < 9.95 ? value.toFixed(1) : count(Math.round(value));
}

export function share(value) {
  if (value === null || value === undefined) return '–';
  const percent = value * 100;
  return percent === 0 ? '0 %' : percent < 0.1 ? '<0.1 %' : `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** A length of time, from milliseconds. */
export function span(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1) return ms === 0 ? '0' : `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 1000) return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

export const clock = (text) => text ? new Date(text).toLocaleTimeString('en-GB') + '.' + text.slice(20, 23) : '–';
export const shortId = (id) => id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-5)}` : id;
