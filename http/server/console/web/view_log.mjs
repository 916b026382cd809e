import { get, query } from './api.mjs';
import { h } from './dom.mjs';
import { clock, count } from './format.mjs';
import { asCommand, empty, panel, table, word } from './parts.mjs';

const shown = 300;
const levels = { debug: 'All', info: 'Info', warning: 'Warnings', error: 'Errors' };
const tones = { warning: 'warm', error: 'bad' };

const columns = [
  { name: 'at', label: 'When', cell: (one) => h('span', { title: one.at }, clock(one.at)) },
  { name: 'level', label: 'Level', cell: (one) => h('span', { class: tones[one.level] ?? 'soft' }, one.level) },
  { name: 'text', label: 'What', cell: (one) => h('span', { class: 'said' }, one.text) },
];

const levelOf = (where) => (Object.hasOwn(levels, where.level ?? '') ? where.level : 'debug');
const address = ({ level, find }) => `#/log${query({ level: level === 'debug' ? '' : level, find })}`;

export const log = {
  every: 2000,
  load: (where, signal) => get(`/api/log${query({ level: levelOf(where), find: where.find, limit: shown })}`, signal),
  view(where, data) {
    const [level, find] = [levelOf(where), where.find ?? ''];
    const tab = (id) => h('a', { href: address({ level: id, find }), 'aria-current': level === id ? 'true' : null }, levels[id]);
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Log'),
        asCommand(`easelctl log${level === 'debug' ? '' : ` --level ${level}`}${find ? ` --find ${word(find)}` : ''}`)),
      h('div', { class: 'controls', key: 'controls' },
        h('div', { class: 'switch', role: 'group', 'aria-label': 'Level' }, Object.keys(levels).map(tab)),
        h('label', { class: 'choice' }, 'find ', h('input', { type: 'search', class: 'find', 'aria-label': 'Find in the log', value: find, spellcheck: 'false', onchange: (event) => { location.hash = address({ level, find: event.currentTarget.value.trim() }); } })),
        h('span', { class: 'soft' }, `this process; ${count(data.kept)} of ${count(data.written)} lines are kept here`)),
      panel(level === 'debug' ? 'Its newest lines' : 'Its newest lines of this level and graver', { key: 'list', aside: h('span', { class: 'soft' }, 'newest first') },
        data.lines.length === 0 ? empty('No line matches.') : table({ label: 'Log', columns, rows: data.lines, key: (one) => one.number })),
    ];
  },
};
