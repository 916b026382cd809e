// The alert rules: they are well formed, tested, explained, and about metrics that a running server has.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { Workshop } from './support/certificates.mjs';
import { House } from './support/house.mjs';
import { root } from './support/paths.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { eventually } from './support/wait.mjs';

const execute = promisify(execFile);
const rulesFile = path.join(root, 'config/prometheus/alerts.yml');
const runbooks = path.join(root, 'docs/runbooks');
const rules = fs.readFileSync(rulesFile, 'utf8');
const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name);

const promtoolPath = execFileSync(path.join(root, 'tools/setup/unpack-promtool'), { encoding: 'utf8' }).trim();

let house;
before(async () => {
  const workshop = new Workshop();
  await workshop.authority('ca');
  await workshop.certificate('server', 'ca');
  house = await House.start({
    retention: { round: '1 s' },
    audit: { interval: '1 s' },
    erasure_journal: { path: path.join(scratchDirectory(), 'journal-of-alerts') },
    server: { tls: { certificate: workshop.file('server.pem'), key: workshop.file('server.key'), port: 0, keep_alive: '1 min' } },
  });
});
after(async () => house?.stop());

async function page() {
  const answer = await fetch(`${house.node.operatorUrl}/metrics`, { headers: { authorization: `Bearer ${house.operatorToken}` } });
  return answer.text();
}
/** name → { labels by name: the values seen } of a page. */
function seriesOf(text) {
  const all = new Map();
  for (const [, name, labels] of text.matchAll(/^(easel_\w+)(?:\{(.*)\})? /gm)) {
    const values = all.get(name) ?? {};
    for (const [, label, value] of (labels ?? '').matchAll(/(\w+)="([^"]*)"/g)) (values[label] ??= new Set()).add(value);
    all.set(name, values);
  }
  return all;
}
/** What a text in PromQL names: metrics, with their selectors. */
const namedIn = (text) => [...text.matchAll(/\b(easel_\w+)(?:\{([^}]*)\})?/g)].map(([, name, selector]) => ({ name, selector: selector ?? '' }));

/** promtool, with something on its standard input. */
function promtool(words, input = '') {
  return new Promise((resolve) => {
    const program = execFile(promtoolPath, words, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, said: stdout + stderr }));
    program.stdin.end(input);
  });
}

it('the rules are well formed, and fire as their tests say', async () => {
  const { stdout } = await execute(promtoolPath, ['check', 'rules', rulesFile]);
  assert.match(stdout, new RegExp(`SUCCESS: ${alerts.length} rules found`));
  await execute(promtoolPath, ['test', 'rules', path.join(root, 'tests/prometheus/alerts_test.yml')]);
});

it('every alert has its page, with its very condition, and no page is left over', () => {
  assert.ok(alerts.length > 20);
  assert.equal(new Set(alerts).size, alerts.length);
  const pages = fs.readdirSync(runbooks).filter((one) => one !== 'README.md').map((one) => one.replace('.md', ''));
  assert.deepEqual(pages.sort(), [...alerts].sort());
  const index = fs.readFileSync(path.join(runbooks, 'README.md'), 'utf8');
  for (const rule of rules.split(/^ +- alert: /m).slice(1)) {
    const name = /^\w+/.exec(rule)[0];
    assert.ok(rule.includes(`runbook: docs/runbooks/${name}.md\n`), name);
    assert.ok(index.includes(`](${name}.md)`), name);
    const text = fs.readFileSync(path.join(runbooks, `${name}.md`), 'utf8');
    for (const part of ['## Where to look', '## What to do', '## When it fires']) assert.ok(text.includes(part), `${name}: ${part}`);
    const written = /expr: (?:'((?:[^']|'')*)'|>-\n([\s\S]*?)\n {8}\w+:)/.exec(rule);
    const plain = (condition) => condition.replaceAll("''", "'").replace(/\s+/g, ' ').trim();
    assert.equal(plain(/```promql\n([\s\S]*?)```/.exec(text)[1]), plain(written[1] ?? written[2]), name);
  }
});

it('what a running server tells is well formed, and has every series that a rule names', async () => {
  const seen = await eventually('the auditor and the reaper have told', async () => {
    const text = await page();
    return text.includes('easel_clause_kept{') && text.includes('easel_retention_last_round_timestamp_seconds ') && text;
  });
  assert.deepEqual(await promtool(['check', 'metrics'], seen), { code: 0, said: '' });
  const live = seriesOf(seen);
  const named = namedIn(rules);
  assert.ok(named.length >= alerts.length - 2);
  for (const { name, selector } of named) {
    assert.ok(live.has(name), `${name} is on the page`);
    for (const [, label, values] of selector.matchAll(/(\w+)=~?"([^"]*)"/g))
      for (const value of values.split('|')) assert.ok(live.get(name)[label]?.has(value), `${name}{${label}="${value}"}`);
  }
});

it('the manual describes every metric of the page, and none that is not there', async () => {
  const live = seriesOf(await page());
  const manual = fs.readFileSync(path.join(root, 'docs/operations.md'), 'utf8');
  const rows = manual.split('\n').filter((line) => line.startsWith('| `easel_')).join('\n');
  const described = new Set([...rows.matchAll(/\b(easel_\w+)/g)].map(([, name]) => name));
  for (const name of live.keys()) assert.ok(described.has(name), `${name} is described`);
  const only = new Set(['easel_retention_rows_deleted_total']); // there once a row was deleted
  for (const name of described) assert.ok(live.has(name) || only.has(name), `${name} is on the page`);
});

it('every series that the console misses when it is gone is there', async () => {
  const source = fs.readFileSync(path.join(root, 'policies/lints.cpp'), 'utf8');
  const lasting = [...source.matchAll(/^ +(?:R"\((easel_[^)]+)\)"|"(easel_\w+)"),$/gm)].map(([, labelled, plain]) => labelled ?? plain);
  assert.ok(lasting.length > 50);
  const lines = (await page()).split('\n');
  for (const series of lasting)
    assert.ok(lines.some((line) => line.startsWith(`${series} `) || line.startsWith(`${series}{`)), `${series} is on the page`);
});
