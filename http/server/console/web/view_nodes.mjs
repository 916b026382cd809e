import { action } from './actions.mjs';
import { get } from './api.mjs';
import { h } from './dom.mjs';
import { count, shortId, span } from './format.mjs';
import { live } from './live.mjs';
import { bytes, tag, verdict } from './panel_parts.mjs';
import { asCommand, empty, fact, panel, table } from './parts.mjs';

const tones = { alive: 'good', silent: 'bad', left: 'calm', 'taken over': 'warm' };
const does = {
  reaper: 'deletes what has had its time', auditor: 'proves the clauses of the policy', 'billing clerk': 'applies what Stripe says', 'billing reconciler': 'looks for what deliveries missed',
};
const here = (one) => one.this ? h('span', { class: 'tag paid' }, ' this one') : null;

const nodeColumns = [
  { name: 'node', label: 'Node', class: 'mono', cell: (one) => h('span', { title: one.id }, shortId(one.id), here(one)) },
  { name: 'state', label: 'State', cell: (one) => tag(one.state, tones[one.state] ?? 'calm') },
  { name: 'process', label: 'Process', class: 'mono', cell: (one) => one.process || '–' },
  { name: 'version', label: 'Version', cell: (one) => one.version || '–' },
  { name: 'heartbeat', label: 'Heartbeat', number: true, cell: (one) => one.ended_at ? '–' : `${span(one.heartbeat_ms)} ago` },
  { name: 'joined', label: 'Joined', number: true, cell: (one) => `${span(one.joined_ms)} ago` },
  { name: 'work', label: 'In work', number: true, cell: (one) => count(one.in_work) },
];

const singletonColumns = [
  { name: 'what', label: 'Done by one', cell: (one) => h('span', {}, h('span', { class: 'kind' }, one.what), h('small', { class: 'block' }, does[one.what] ?? '')) },
  { name: 'process', label: 'Process', class: 'mono', cell: (one) => one.process ? h('span', {}, one.process, here(one)) : h('span', { class: 'soft' }, 'nobody') },
  { name: 'since', label: 'For', number: true, cell: (one) => span(one.since_ms) },
];

function condition(data) {
  const alive = data.nodes.filter((one) => one.state === 'alive'), silent = data.nodes.filter((one) => one.state === 'silent');
  const versions = new Set(alive.map((one) => one.version));
  const orphans = data.nodes.filter((one) => one.state !== 'alive' && one.state !== 'silent' && one.in_work > 0);
  if (silent.length) return verdict('bad', silent.length === 1 ? 'A node is silent.' : `${silent.length} nodes are silent.`, `Another takes its generations over once it has been so for ${span(data.lease.of_ms)}.`);
  if (orphans.length) return verdict('warm', 'Generations of nodes that ended wait for another.', 'They are taken over within a few heartbeats.');
  if (versions.size > 1) return verdict('warm', 'The nodes run different versions.', [...versions].join(', '));
  return verdict('good', alive.length === 1 ? 'One node, and it lives.' : `${alive.length} nodes live.`, alive.length ? `Version ${[...versions][0]}.` : '');
}

/** Out of service for a while, and back. */
function service() {
  const node = live.sample?.node;
  if (!node) return null;
  const drained = node.resumes_in_ms !== null;
  return [h('dl', { class: 'facts spread', key: 'service' }, fact('In service', node.state, drained ? `serves again by itself in ${span(node.resumes_in_ms)}` : null)),
    h('div', { class: 'acts', key: 'service-acts' }, drained ? action('Resume this node', 'resume_node', {}, 'admin') : action('Drain this node for 15 min', 'drain_node', { minutes: 15 }, 'admin'))];
}

export const nodes = {
  every: 3000,
  load: (where, signal) => get('/api/nodes', signal),
  view(where, data) {
    const { process: p, lease } = data;
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Nodes'), asCommand('easelctl nodes')),
      condition(data),
      panel('Nodes', { key: 'nodes', aside: h('span', { class: 'soft' }, 'the latest first; those that ended are kept for a day') },
        data.nodes.length ? table({ label: 'Nodes', columns: nodeColumns, rows: data.nodes, key: (one) => one.id }) : empty('No node has joined.')),
      panel('Who does what is done once', { key: 'singletons' }, table({ label: 'Who does what is done once', columns: singletonColumns, rows: data.singletons, key: (one) => one.what })),
      h('h2', { class: 'between', key: 'between' }, 'This process'),
      ...(service() ?? []),
      h('dl', { class: 'facts spread', key: 'facts' },
        fact('Name', h('span', { class: 'mono' }, p.name.replace(/^easel /, '')), `version ${p.version}`),
        fact('Up for', span(p.uptime_ms)),
        fact('Lease', span(lease.left_ms), `left of ${span(lease.of_ms)}`),
        fact('Memory', bytes(p.resident_bytes), 'resident'),
        fact('Processor', span(p.cpu_user_ms + p.cpu_system_ms), `${span(p.cpu_system_ms)} of it in the kernel`),
        fact('Threads', count(p.threads)),
        fact('Files', count(p.open_files), `of ${count(p.most_files)}`)),
    ];
  },
};
