/** Small pictures of numbers. Each stands beside its number in words, so all of them are hidden from screen readers. */
import { s } from './dom.mjs';

const width = 240, height = 44, points = 120;

/** The largest of each stretch, so that a peak of a second is still seen. */
function thinned(values) {
  if (values.length <= points) return values;
  const step = values.length / points;
  return Array.from({ length: points }, (_, i) => {
    const part = values.slice(Math.floor(i * step), Math.floor((i + 1) * step)).filter((one) => one !== null);
    return part.length ? Math.max(...part) : null;
  });
}

/** `slots`: how many values the whole width stands for; fewer stand at the right. */
export function sparkline(values, { tone = 'accent', slots = 15 * 60 } = {}) {
  const padded = values.length < slots ? [...Array(slots - values.length).fill(null), ...values] : values;
  const list = thinned(padded);
  const most = Math.max(...list.filter((one) => one !== null), 1e-9);
  const x = (i) => (i / (list.length - 1) * width).toFixed(1);
  const y = (value) => (height - 2 - value / most * (height - 6)).toFixed(1);
  let line = '', area = '', begun = null;
  list.forEach((value, i) => {
    if (value !== null) {
      line += `${begun === null ? 'M' : 'L'}${x(i)} ${y(value)}`;
      area += begun === null ? `M${x(i)} ${height}L${x(i)} ${y(value)}` : `L${x(i)} ${y(value)}`;
      begun ??= i;
    }
    if (begun !== null && (value === null || i === list.length - 1)) {
      area += `L${x(value === null ? i - 1 : i)} ${height}Z`;
      begun = null;
    }
  });
  return s('svg', { class: `spark ${tone}`, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('path', { class: 'area', d: area }), s('path', { class: 'line', d: line, 'vector-effect': 'non-scaling-stroke' }));
}

/** A bar that is full at 1. */
export function bar(share, tone = 'accent') {
  const full = Math.max(0, Math.min(1, share || 0));
  return s('svg', { class: `meter ${tone}`, viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('rect', { class: 'rest', width: 100, height: 6 }), s('rect', { class: 'full', width: (full * 100).toFixed(1), height: 6 }));
}

/** Steps of one life on a common scale of time. */
export function lane(from, to, begin, end, tone) {
  const all = Math.max(end - begin, 1);
  const x = (at) => (at - begin) / all * 1000;
  return s('svg', { class: `lane ${tone}`, viewBox: '0 0 1000 20', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('rect', { class: 'rest', x: 0, y: 9, width: 1000, height: 2 }),
    s('rect', { class: 'full', x: x(from).toFixed(1), y: 3, width: Math.max(x(to) - x(from), 3).toFixed(1), height: 14, rx: 3 }));
}
