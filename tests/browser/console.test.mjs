// The operator's console in a real browser: under load, by keyboard, on a phone, for everybody.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { House } from '../e2e/support/house.mjs';
import { easelctl } from '../e2e/support/paths.mjs';
import { eventually } from '../e2e/support/wait.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

const password = 'a password for the tests';
const marker = `canary${randomBytes(8).toString('hex')}`;
let house, free, paid, load;

before(async () => {
  [house] = await Promise.all([House.start({ breaker: { trip_after: 3, open_for: '10 s', longest_open: '10 s' }, audit: { interval: '5 s' } }), openBrowser()]);
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
  for (const [name, role] of [['anna', 'admin'], ['vera', 'viewer']]) await addOperator(name, role);
  load = new Load();
});
after(async () => {
  await load?.stop();
  await closeBrowser();
  await house?.stop();
});

function addOperator(name, role) {
  return new Promise((resolve, reject) => {
    const program = execFile(easelctl, ['--config', house.config, 'operator', 'add', name, '--role', role], (error) => (error ? reject(error) : resolve()));
    program.stdin.end(`${password}\n`);
  });
}

/** Keeps a few generations of both tiers in work, and leaves the machine to the browser in between. */
class Load {
  going = true;
  constructor() { this.loops = [free, free, paid].map((account) => this.#loop(house.client(account))); }
  async #loop(api) {
    while (this.going) {
      await api.ended((await api.start({ prompt: `${marker} a boat` })).id);
      await pause(200);
    }
  }
  async stop() { this.going = false; await Promise.all(this.loops); }
}

/** An operator at the console, signed in; `seen` is every answer of the API that the page got. */
async function operator(options, name = 'anna') {
  const visitor = await Visitor.arrive({ url: house.node.operatorUrl }, options);
  visitor.seen = [];
  visitor.page.on('response', async (answer) => {
    if (answer.url().includes('/api/') && !answer.url().endsWith('/stream')) visitor.seen.push(await answer.text().catch(() => ''));
  });
  await visitor.page.goto(house.node.operatorUrl);
  await visitor.page.getByLabel('Name').fill(name);
  await visitor.page.getByLabel('Password').fill(password);
  await visitor.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await visitor.page.getByRole('heading', { name: 'Overview' }).waitFor();
  return visitor;
}

const panels = ['#/queues', '#/sessions', '#/ledger', '#/billing', '#/privacy', '#/nodes', '#/configuration', '#/log'];

const goTo = (page, hash) => page.evaluate((where) => { location.hash = where; }, hash);
const figure = (page, label) => page.locator('.tile', { hasText: label }).locator('.figure');

describe('the console', () => {
  it('lets nobody in without a password or the token', async () => {
    const visitor = await Visitor.arrive({ url: house.node.operatorUrl });
    const { page } = visitor;
    await page.goto(house.node.operatorUrl);
    await page.getByLabel('Name').fill('anna');
    await visitor.checkAccess('sign in');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Name, password or code is wrong.').waitFor();
    await page.getByRole('button', { name: 'With the server’s token instead' }).click();
    await page.getByLabel('Operator’s token').fill('not the token');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('That is not the token of this server.').waitFor();
    assert.ok(!visitor.requested.some((url) => /\/api\/(?!session)/.test(url)), 'nothing is asked before');
    await page.getByLabel('Operator’s token').fill(house.operatorToken);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Operator’s token').waitFor();
    await visitor.leave();
  });

  it('says when the server could not end a session, or admits no further console', async () => {
    const visitor = await operator();
    const { page } = visitor;
    const refuse = (detail) => (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ detail }) });
    await page.route('**/api/stream', refuse('As many consoles watch this server as may.'));
    await page.reload();
    await page.getByRole('status').getByText('As many consoles watch this server as may. Trying again').waitFor();
    await page.unroute('**/api/stream');
    await page.getByText('Ready').waitFor();
    await page.route('**/api/session', refuse('The session could not be ended at the server.'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('alert').getByText('The session could not be ended at the server.').waitFor();
    await visitor.leave();
  });

  it('puts nothing of an address into a shell, and opens at any address', async () => {
    const visitor = await operator();
    const { page } = visitor;
    await goTo(page, `#/actors?type=${encodeURIComponent("x'; reboot; '")}`);
    await page.getByTitle("Copy: easelctl top --sort mailbox --type 'x'\\''; reboot; '\\'''", { exact: true }).waitFor();
    for (const hash of ['#/constructor', '#/%E0%A4%A']) {
      await goTo(page, hash);
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
    }
    visitor.checkRecord();
    await visitor.leave();
  });

  it('is live under load: figures move, the tree names every actor, a generation is followed to its end', async () => {
    const visitor = await operator();
    const { page } = visitor;
    await page.getByText('Ready').waitFor();
    const messages = figure(page, 'Messages');
    const first = await messages.first().textContent();
    await eventually('the figures move', async () => await messages.first().textContent() !== first);
    await eventually('generations complete', async () => !/^0/.test(await figure(page, 'Completed').textContent()));

    await goTo(page, '#/actors?view=tree');
    for (const type of ['root', 'router', 'provider connection', 'store worker', 'console reader'])
      await page.locator('.tree .kind', { hasText: new RegExp(`^${type}$`) }).first().waitFor();

    // Of those in work there may be none at the moments when the page asks.
    await goTo(page, '#/generations?state=ended');
    await page.locator('tbody a').first().click();
    await page.locator('.waterfall li').first().waitFor();
    await page.locator('.title .state', { hasText: 'completed' }).waitFor();
    assert.ok(await page.locator('.waterfall li').count() >= 2);

    await goTo(page, '#/actors?type=provider+connection');
    await page.locator('tbody a').first().click();
    await page.getByRole('heading', { name: 'Latest messages' }).waitFor();
    assert.ok(await page.locator('.panel', { hasText: 'Latest messages' }).locator('tbody tr').count() > 3);
    visitor.checkRecord();
    await visitor.leave();
  });

  it('finds the upstream that is sick', async () => {
    const visitor = await operator();
    const { page } = visitor;
    const api = house.client(free);
    await Promise.all(Array.from({ length: 3 }, () => api.start({ prompt: 'sim:fail=401' })));
    await page.locator('.concern', { hasText: 'cooling down' }).first().waitFor();
    await page.locator('.concern a', { hasText: 'cooling down' }).first().click();
    const card = page.locator('.upstream', { hasText: 'sim-sub2api' });
    await card.getByText('our account').first().waitFor();
    assert.match(await card.locator('.fact', { hasText: 'Breaker' }).textContent(), /open/);
    await visitor.leave();
  });

  it('pauses an upstream after a preview and with a reason, and the audit knows', async () => {
    const visitor = await operator();
    const { page } = visitor;
    await goTo(page, '#/upstreams');
    const card = page.locator('.upstream', { hasText: 'sim-kie' });
    await card.getByRole('button', { name: 'Pause for 15 min' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('kie/sim-kie takes no new call for 15 min').waitFor();
    await visitor.checkAccess('an action');
    await dialog.getByLabel('Reason, for the audit').fill('a look at the queue');
    await dialog.getByRole('button', { name: 'Pause for 15 min' }).click();
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await card.getByText('then it resumes by itself').waitFor();
    await goTo(page, '#/');
    await page.locator('.concern', { hasText: 'is paused' }).waitFor();
    await eventually('the queue grows', async () => Number(await figure(page, 'Paid queue').textContent().then((text) => text.match(/\d+/)[0])) > 0);
    await goTo(page, '#/queues');
    await page.getByRole('region', { name: 'Accounts that wait in the paid tier' }).getByRole('link', { name: /^session #\d+$/ }).waitFor();
    assert.ok(!(await page.content()).includes(paid.id));
    await goTo(page, '#/upstreams');
    await card.getByRole('button', { name: 'Resume' }).click();
    await dialog.getByLabel('Reason, for the audit').fill('seen enough');
    await dialog.getByRole('button', { name: 'Resume' }).click();
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();

    await page.keyboard.press('/');
    await page.keyboard.type((await house.account('free')).id);
    await page.keyboard.press('Enter');
    for (const [button, effect, reason] of [['Suspend the account', 'until an operator lifts it', 'too many boats'],
      ['Lift its suspension', 'may generate again at once', 'enough of that']]) {
      await page.getByRole('button', { name: button }).click();
      await dialog.getByText(effect).waitFor();
      await dialog.getByLabel('Reason, for the audit').fill(reason);
      await dialog.getByRole('button', { name: button }).click();
      await dialog.getByText('Done, and recorded in the audit.').waitFor();
      await dialog.getByRole('button', { name: 'Close' }).click();
    }
    await goTo(page, '#/audit');
    await page.getByText('a look at the queue').waitFor();
    await page.getByText('too many boats').waitFor();
    visitor.checkRecord();
    await visitor.leave();
  });

  it('offers a viewer nothing to do', async () => {
    const visitor = await operator({}, 'vera');
    const { page } = visitor;
    await goTo(page, '#/upstreams');
    await page.locator('.upstream').first().waitFor();
    assert.equal(await page.locator('.act').count(), 0);
    assert.equal(await page.getByRole('link', { name: 'Audit' }).count(), 0);
    await visitor.leave();
  });

  it('is used by keyboard: search, rows, places, help', async () => {
    const visitor = await operator();
    const { page } = visitor;
    await page.keyboard.press('/');
    await page.keyboard.type('router');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/#/actors?type=router');
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^router/ }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('u');
    await page.getByRole('heading', { name: 'Upstreams' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('next and previous row').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type(paid.id);
    await page.keyboard.press('Enter');
    await page.locator('tbody a', { hasText: 'session' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('u');
    await visitor.leave();
  });

  it('tells the books, the policy, the nodes and the configuration, each with its command', async () => {
    const visitor = await operator();
    const { page } = visitor;
    const commands = { '#/queues': 'queues', '#/sessions': 'sessions --sort mailbox', '#/ledger': 'ledger show', '#/billing': 'billing show', '#/privacy': 'policy show', '#/nodes': 'nodes', '#/configuration': 'config show', '#/audit': 'audit' };
    for (const [hash, command] of Object.entries(commands)) {
      await goTo(page, hash);
      await page.getByRole('button', { name: `$ easelctl ${command}`, exact: true }).waitFor();
    }
    await goTo(page, '#/ledger');
    await page.locator('.verdict', { hasText: 'The books balance.' }).waitFor();
    await page.locator('td', { hasText: 'granted' }).waitFor();
    await goTo(page, '#/billing');
    await page.getByText('Nothing is sold here.').waitFor();
    await goTo(page, '#/privacy/GEN-1');
    await page.locator('.clause[open]', { hasText: 'completed generations' }).waitFor();
    await goTo(page, '#/privacy?show=open');
    await eventually('what is proved is left out', async () => await page.locator('.clause', { hasText: 'GEN-1' }).count() === 0);
    await page.getByText('Each clause is proved to be kept.').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await page.locator('tr', { hasText: 'this one' }).first().waitFor();
    await goTo(page, '#/configuration');
    await page.getByLabel('Find a key or value').fill('operator.');
    await page.keyboard.press('Enter');
    await page.locator('tr', { hasText: 'token' }).getByText('secret, set').waitFor();
    assert.equal(await page.locator('tr', { hasText: 'trip_after' }).count(), 0);
    visitor.checkRecord();
    await visitor.leave();
  });

  it('shows the log, by level and by what is in it', async () => {
    const visitor = await operator();
    const { page } = visitor;
    await goTo(page, '#/log');
    const line = page.locator('tr', { hasText: 'operators on 127.0.0.1' });
    await line.waitFor();
    await page.getByRole('link', { name: 'Errors' }).click();
    await line.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Info' }).click();
    await page.getByLabel('Find in the log').fill('OPERATORS ON');
    await page.keyboard.press('Enter');
    await page.getByText('easelctl log --level info --find').waitFor();
    await line.waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    visitor.checkRecord();
    await visitor.leave();
  });

  it('shows nobody’s data, in the page or on the way to it', async () => {
    const visitor = await operator();
    const { page } = visitor;
    let shown = '';
    for (const hash of ['#/', '#/actors?view=tree', '#/actors', '#/generations', '#/generations?state=ended', '#/upstreams', '#/lints', '#/graveyard?show=all',
      ...panels.filter((one) => one !== '#/configuration')]) { // which names the sizes that anybody may ask for
      await goTo(page, hash);
      await page.locator('.panel').first().waitFor();
      await page.waitForTimeout(1200); // one round of everything that the view asks for
      shown += await page.content();
    }
    const told = visitor.seen.join('\n');
    assert.ok(told.length > 10_000);
    for (const secret of [marker, free.id, paid.id, free.key, paid.key, house.operatorToken, '1024x1024'])
      for (const [where, text] of Object.entries({ shown, told })) assert.ok(!text.includes(secret), `${where}: ${secret}`);
    await visitor.leave();
  });
});

describe('every view is good for everybody', () => {
  const looks = [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ];
  for (const [name, options] of looks)
    it(name, async () => {
      const visitor = await operator(options);
      const { page } = visitor;
      await eventually('a session lives', async () => (await house.client(free).get('/v1/account')).status === 200);
      for (const hash of ['#/', '#/actors?view=tree', '#/actors?sort=busy', '#/generations?state=ended', '#/upstreams', '#/lints', '#/graveyard?show=all', '#/audit', '#/actor/999999999', ...panels]) {
        await goTo(page, hash);
        await page.locator('main h1').waitFor();
        await page.locator('main .panel, main .empty').first().waitFor();
        await visitor.checkAccess(`${hash}, ${name}`);
        await visitor.checkWidth(`${hash}, ${name}`);
      }
      visitor.complaints = visitor.complaints.filter((one) => !one.includes('404')); // the actor that is not there
      visitor.checkRecord();
      await visitor.leave();
    });
});
