// Following messages in the console: from an actor, a type and a generation, with pause, stop and limits; for everybody.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { House } from '../e2e/support/house.mjs';
import { easelctl } from '../e2e/support/paths.mjs';
import { eventually } from '../e2e/support/wait.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

const password = 'a password for the tests';
const marker = `canary${randomBytes(8).toString('hex')}`;
let house, free, paid;

before(async () => {
  [house] = await Promise.all([House.start({ operator: { traces: 8 }, upstream: { create_timeout: '5 min' } }), openBrowser()]);
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
  for (const [name, role] of [['olga', 'operator'], ['vera', 'viewer']])
    await new Promise((resolve, reject) => {
      const program = execFile(easelctl, ['--config', house.config, 'operator', 'add', name, '--role', role], (error) => (error ? reject(error) : resolve()));
      program.stdin.end(`${password}\n`);
    });
});
after(async () => {
  await closeBrowser();
  await house?.stop();
});

async function operator(options, name = 'olga') {
  const visitor = await Visitor.arrive({ url: house.node.operatorUrl }, options);
  const { page } = visitor;
  visitor.seen = [];
  page.on('response', async (answer) => {
    if (answer.url().includes('/api/') && !new URL(answer.url()).pathname.endsWith('/stream')) visitor.seen.push(await answer.text().catch(() => ''));
  });
  await page.goto(house.node.operatorUrl);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return visitor;
}

const goTo = (page, hash) => page.evaluate((where) => { location.hash = where; }, hash);
const rows = (page) => page.locator('.trace tbody tr');
const untilMore = (page, than) => eventually('messages are added', async () => await rows(page).count() > than);

describe('a trace in the console', () => {
  it('grows at its bottom, is paused, goes on, and is stopped', async () => {
    const visitor = await operator();
    const { page } = visitor;
    await goTo(page, '#/actors?type=node');
    await page.locator('tbody a').first().click();
    await page.getByRole('heading', { name: /^node/ }).waitFor();
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.getByRole('heading', { name: /^Trace #\d+ of actor #\d+/ }).waitFor();
    await untilMore(page, 0);
    const after = () => rows(page).first().locator('td').nth(1).textContent();
    const first = await after();
    const before = await rows(page).count();
    const asked = (how) => visitor.requested.filter((url) => new RegExp(`/api/traces/\\d+${how}\\?`).test(url)).length;
    const looks = asked('');
    await untilMore(page, before);
    assert.equal(await after(), first, 'the oldest stays on top');
    assert.deepEqual([asked(''), asked('/stream')], [looks, 1], 'what comes is told, not asked for');
    await page.getByRole('button', { name: /^\$ easelctl trace actor \d+ --for 30s --limit 500$/ }).waitFor();
    await page.locator('.fact', { hasText: 'Recorded' }).getByText('of at most 500').waitFor();

    // In a tab that nobody sees nothing is listened to; what came meanwhile is there again.
    const see = (hidden) => page.evaluate((is) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => is });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, hidden);
    await see(true);
    const unseen = await rows(page).count();
    await page.waitForTimeout(2500);
    assert.equal(await rows(page).count(), unseen);
    await see(false);
    await untilMore(page, unseen);
    await eventually('it listens again', () => asked('/stream') === 2);

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused here').waitFor();
    const paused = await rows(page).count();
    await page.waitForTimeout(2500); // what comes meanwhile is not listened to
    assert.equal(await rows(page).count(), paused);
    await page.getByRole('button', { name: 'Go on' }).click();
    await untilMore(page, paused);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.title .state', { hasText: 'stopped' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Pause' }).count(), 0);
    visitor.checkRecord();
    await visitor.leave();
  });

  it('follows a generation to its end, and a type from its list', async () => {
    const visitor = await operator();
    const { page } = visitor;
    const { id } = await house.client(paid).start({ prompt: `${marker} a castle sim:slow=4000` });
    await goTo(page, `#/generation/${id}`);
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.getByRole('heading', { name: `of ${id}` }).waitFor();
    await page.locator('.title .state', { hasText: 'ended with what it followed' }).waitFor();
    await page.locator('.trace code', { hasText: 'store_written' }).first().waitFor();
    await goTo(page, '#/actors?type=node');
    await page.getByRole('button', { name: 'Follow the type' }).click();
    await page.getByRole('heading', { name: 'of all of type node' }).waitFor();
    await untilMore(page, 1);
    await page.keyboard.press('j');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /#\d+/);
    visitor.checkRecord();
    await visitor.leave();
  });

  it('of an account asks for a reason, and names nobody', async () => {
    const visitor = await operator();
    const { page } = visitor;
    await house.client(free).get('/v1/generations');
    await page.keyboard.press('/');
    await page.keyboard.type(free.id);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Follow the account' }).click();
    assert.equal(await page.getByLabel('Its id').inputValue(), free.id);
    await page.getByLabel('Reason, for the audit').fill('a ticket says that it is slow');
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.getByRole('heading', { name: /^Trace #\d+ of an account/ }).waitFor();
    const api = house.client(free);
    await api.ended((await api.start({ prompt: `${marker} a boat` })).id);
    await page.locator('.trace td', { hasText: 'generation #' }).first().waitFor();
    const shown = await page.content();
    for (const secret of [marker, free.id, free.key]) {
      assert.ok(!shown.includes(secret), `the page shows ${secret}`);
      assert.ok(!visitor.seen.join('\n').includes(secret), `the API tells ${secret}`);
    }
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.locator('td', { hasText: 'an account' }).first().waitFor();
    visitor.checkRecord();
    await visitor.leave();
  });

  it('lets a viewer follow what is nobody’s, and says what cannot be followed', async () => {
    const visitor = await operator({}, 'vera');
    const { page } = visitor;
    await goTo(page, '#/traces');
    await page.getByLabel('Its number').fill('999999999');
    assert.equal(await page.getByLabel('What').locator('option', { hasText: 'an account' }).count(), 0);
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.getByRole('dialog').getByText('There is no such actor').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByLabel('What').selectOption('type');
    await page.getByLabel('The type').selectOption('router');
    await page.getByLabel('Messages at most').fill('50');
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    await page.getByRole('heading', { name: 'of all of type router' }).waitFor();
    await page.locator('.fact', { hasText: 'Recorded' }).getByText('of at most 50').waitFor();
    await visitor.leave();
  });
});

describe('every view of traces is good for everybody', () => {
  const looks = [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ];
  for (const [name, options] of looks)
    it(name, async () => {
      const visitor = await operator(options);
      const { page } = visitor;
      for (const hash of ['#/traces', '#/traces?by=account', '#/traces?by=type']) {
        await goTo(page, hash);
        await page.getByRole('button', { name: 'Follow', exact: true }).waitFor();
        await visitor.checkAccess(`${hash}, ${name}`);
        await visitor.checkWidth(`${hash}, ${name}`);
      }
      await page.getByLabel('The type').selectOption('node');
      await page.getByRole('button', { name: 'Follow', exact: true }).click();
      await untilMore(page, 3);
      await visitor.checkAccess(`a trace, ${name}`);
      await visitor.checkWidth(`a trace, ${name}`);
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.locator('.title .state', { hasText: 'stopped' }).waitFor();
      await visitor.checkAccess(`a trace that ended, ${name}`);
      await goTo(page, '#/traces');
      await page.locator('tbody tr').first().waitFor();
      await visitor.checkAccess(`the list, ${name}`);
      visitor.checkRecord();
      await visitor.leave();
    });
});
