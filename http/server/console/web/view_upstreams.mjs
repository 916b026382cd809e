import { action } from './actions.mjs';
import { bar } from './chart.mjs';
import { h } from './dom.mjs';
import { count, rate, share, span } from './format.mjs';
import { live } from './live.mjs';
import { asCommand, empty, fact } from './parts.mjs';

const stopped = (u) => u.paused_for_ms ?? u.drained_for_ms;
const toneOf = (u) => stopped(u) || u.held_open_for_ms ? 'warm' : !u.funded || u.breaker.state === 'open' ? 'bad' : u.failing >= 0.5 || u.breaker.state === 'half_open' ? 'warm' : 'good';

function breaker(u) {
  if (u.held_open_for_ms) return ['held open', `for ${span(u.held_open_for_ms)}, then one probe`];
  if (u.breaker.state === 'open') return ['open', u.breaker.opens_in_ms ? `a probe in ${span(u.breaker.opens_in_ms)}` : null];
  return u.breaker.state === 'half_open' ? ['half open', 'one probe at a time'] : ['closed', null];
}

function latency(list, whose) {
  if (list.length === 0) return empty('No call has ended yet.');
  const longest = Math.max(...list.map((one) => one.p99_ms ?? 0), 1);
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `Calls of ${whose}` }, h('table', { class: 'inner' },
    h('thead', {}, h('tr', {}, ['Call', 'p50', 'p95', 'p99', 'Count'].map((text, at) => h('th', { scope: 'col', class: at ? 'number' : null }, text)))),
    h('tbody', {}, list.map((one) => h('tr', { key: one.call }, h('td', {}, one.call), h('td', { class: 'number' }, span(one.p50_ms)),
      h('td', { class: 'number' }, h('span', { class: 'metered' }, span(one.p95_ms), bar((one.p95_ms ?? 0) / longest))),
      h('td', { class: 'number' }, span(one.p99_ms)), h('td', { class: 'number' }, count(one.count)))))));
}

function failures(u) {
  if (u.failures.length === 0) return h('p', { class: 'soft inset' }, 'No call has failed since the server started.');
  const most = Math.max(...u.failures.map((one) => one.count));
  return h('ul', { class: 'failures' }, u.failures.map((one) => h('li', { key: one.what },
    h('span', { class: 'name' }, one.what.replaceAll('_', ' ')), h('span', { class: 'number' }, count(one.count)), bar(one.count / most, 'bad'))));
}

const ofBound = (value, bound) => h('span', {}, count(value), h('small', {}, ` of ${count(bound)}`));

function card(u) {
  const [state, more] = breaker(u);
  const target = { to: u.to, label: u.label };
  return h('article', { class: 'panel upstream', key: `${u.to}/${u.label}`, 'aria-label': `${u.to} ${u.label}`, 'data-row': true },
    h('header', {}, h('h2', {}, h('span', { class: `dot ${toneOf(u)}` }), h('a', { href: `#/actor/${u.actor}` }, u.label), ' ', h('small', {}, u.to)),
      h('span', { class: `state ${toneOf(u)}` }, u.state)),
    h('dl', { class: 'facts' },
      fact('In flight', ofBound(u.in_flight, u.concurrency)),
      fact('Waiting', count(u.waiting), u.to === 'openai_moderation' ? null : `${count(u.may_start)} may start`),
      fact('Breaker', state, more),
      fact('Calls', `${rate(u.rate)}/s`, `${count(u.calls)} in all`),
      fact('Failing', share(u.failing), u.last_failure ? `last: ${u.last_failure.what.replaceAll('_', ' ')}, ${span(u.last_failure.ago_ms)} ago` : 'never'),
      u.window.starts > 0 ? fact('Start window', ofBound(u.window.used, u.window.starts), `in ${span(u.window.span_ms)}`) : null,
      u.upstream_credit !== null ? fact('Credit left', count(u.upstream_credit), u.funded ? null : 'below the floor') : null,
      u.to === 'openai_moderation' ? null : fact('Weight', count(u.weight), u.weight === u.configured_weight ? null : `${count(u.configured_weight)} as configured, when the process starts anew`),
      u.drained_for_ms ? fact('Drained for', span(u.drained_for_ms), 'then it takes its share again') : null,
      u.paused_for_ms ? fact('Paused for', span(u.paused_for_ms), 'then it resumes by itself') : null),
    bar(u.concurrency ? u.in_flight / u.concurrency : 0, u.in_flight >= u.concurrency ? 'warm' : 'accent'),
    h('div', { class: 'acts' },
      stopped(u) ? action('Resume', 'resume_upstream', target) : action('Pause for 15 min', 'pause_upstream', { ...target, minutes: 15 }),
      stopped(u) ? null : action('Drain for 15 min', 'drain_upstream', { ...target, minutes: 15 }),
      u.breaker.state === 'closed' ? action('Open the breaker for 15 min', 'open_breaker', { ...target, minutes: 15 }) : action('Reset the breaker', 'reset_breaker', target),
      u.to === 'openai_moderation' ? null : action('Change its weight', 'change_weight', target, 'operator', [{ name: 'weight', label: `Weight, ${count(u.weight)} now`, type: 'number', value: u.configured_weight, min: 0, max: 1000 }])),
    latency(u.latency, `${u.to} ${u.label}`), h('h3', {}, 'What went wrong'), failures(u));
}

export function upstreams() {
  const list = live.sample?.upstreams ?? [];
  return [
    h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Upstreams'), asCommand('easelctl upstreams')),
    list.length === 0 ? empty('No credential has a connection yet.') : h('div', { class: 'cards', key: 'cards' }, list.map(card)),
  ];
}
