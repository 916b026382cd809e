// What an operator does from the console's page: drains a sick upstream, kills an actor, reads one prompt for a while.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { House } from '../e2e/support/house.mjs';
import { easelctl } from '../e2e/support/paths.mjs';
import { eventually } from '../e2e/support/wait.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

const password = 'a password for the tests';
const canary = `canary${randomBytes(8).toString('hex')}`;
let house, paid;

before(async () => {
  [house] = await Promise.all([House.start(), openBrowser()]);
  const [first] = house.settings.upstream.kie;
  await house.node.stop();
  house.settings.upstream.kie = ['sim-kie', 'sim-kie-2'].map((label) => ({ ...first, label, concurrency: 2 }));
  house.config = house.writeConfig(house.settings);
  await house.startNode();
  paid = await house.account('paid');
  for (const [name, role] of [['anna', 'admin'], ['olga', 'operator'], ['vera', 'viewer']]) await addOperator(name, role);
});
after(async () => {
  await closeBrowser();
  await house?.stop();
});

function addOperator(name, role) {
  return new Promise((resolve, reject) => {
    const program = execFile(easelctl, ['--config', house.config, 'operator', 'add', name, '--role', role], (error) => (error ? reject(error) : resolve()));
    program.stdin.end(`${password}\n`);
  });
}

async function operator(name) {
  const visitor = await Visitor.arrive({ url: house.node.operatorUrl });
  const { page } = visitor;
  await page.goto(house.node.operatorUrl);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return visitor;
}

const goTo = (page, hash) => page.evaluate((where) => { location.hash = where; }, hash);
const ask = async (target) => (await fetch(house.node.operatorUrl + target, { headers: { authorization: `Bearer ${house.operatorToken}` } })).json();

/** Gives the reason and has it done; the dialog must have its preview already. */
async function confirm(page, title, reason) {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason, for the audit').fill(reason);
  await dialog.getByRole('button', { name: title }).click();
}
async function close(page, button = 'Close') {
  await page.getByRole('dialog').getByRole('button', { name: button }).click();
}

describe('an operator at the console', () => {
  it('drains a sick upstream and sees the queue move to the other', async () => {
    const visitor = await operator('olga');
    const { page } = visitor;
    const api = house.client(paid);
    const begun = await Promise.all(Array.from({ length: 8 }, () => api.start({ prompt: 'a castle sim:slow=3000' })));
    await goTo(page, '#/upstreams');
    const sick = page.getByRole('article', { name: 'kie sim-kie', exact: true });
    const other = page.getByRole('article', { name: 'kie sim-kie-2', exact: true });
    await sick.locator('.fact', { hasText: 'In flight' }).getByText('2 of 2').waitFor();
    await sick.getByRole('button', { name: 'Drain for 15 min' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('go to kie/sim-kie-2, never to the other tier').waitFor();
    await visitor.checkAccess('a drain');
    await confirm(page, 'Drain for 15 min', 'it is slow');
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await close(page);
    await sick.locator('.state', { hasText: /^drain(ing, \d in flight|ed)$/ }).waitFor();
    await sick.locator('.state', { hasText: /^drained$/ }).waitFor();
    begun.push(...await Promise.all([1, 2].map(() => api.start({ prompt: 'a castle later sim:slow=8000' }))));
    await other.locator('.fact', { hasText: 'In flight' }).getByText(/[12] of 2/).waitFor();
    for (const { id } of begun) assert.equal((await api.ended(id)).state, 'completed');
    await other.getByRole('button', { name: 'Drain for 15 min' }).click();
    await dialog.getByText('nowhere for its work to go').waitFor();
    await close(page);
    await sick.getByRole('button', { name: 'Resume' }).click();
    await confirm(page, 'Resume', 'it is well again');
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await close(page);
    await sick.getByRole('button', { name: 'Drain for 15 min' }).waitFor();

    await sick.getByRole('button', { name: 'Change its weight' }).click();
    await dialog.getByLabel(/^Weight/).fill('3');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('kie/sim-kie 75 %').waitFor();
    await confirm(page, 'Change its weight', 'it is faster');
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await close(page);
    await sick.getByText('1 as configured').waitFor();
    visitor.complaints = visitor.complaints.filter((one) => !/409 \(Conflict\)/.test(one)); // the preview that was refused
    visitor.checkRecord();
    await visitor.leave();
  });

  it('reads one prompt for a while, and then it is nowhere', async () => {
    const api = house.client(paid);
    const { id } = await api.start({ prompt: `${canary} a castle` });
    await api.ended(id);
    const visitor = await operator('olga');
    const { page } = visitor;
    await goTo(page, `#/generation/${id}`);
    await page.locator('.fact', { hasText: 'Prompt' }).getByText('masked').waitFor();
    assert.ok(!(await page.content()).includes(canary));
    await page.getByRole('button', { name: 'Reveal its prompt' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('is shown to you once').waitFor();
    assert.ok(!(await page.content()).includes(canary));
    await confirm(page, 'Reveal its prompt', 'a complaint');
    await dialog.locator('.revealed').getByText(canary).waitFor();
    await dialog.getByText(/Shown for another \d+ s/).waitFor();
    await visitor.checkAccess('a prompt');
    await close(page, 'Hide it');
    await eventually('it is nowhere in the page', async () => !(await page.content()).includes(canary));
    visitor.checkRecord();
    await visitor.leave();
  });

  it('shows no prompt that comes once its dialog is closed', async () => {
    const api = house.client(paid);
    const { id } = await api.start({ prompt: `${canary} a late castle` });
    await api.ended(id);
    const visitor = await operator('olga');
    const { page } = visitor;
    let hasCome = false;
    await page.route('**/api/actions/reveal_prompt', async (route) => {
      const answer = await route.fetch();
      const isRevealed = (await answer.text()).includes(canary);
      if (isRevealed) await eventually('the dialog is closed', async () => await page.locator('dialog[open]').count() === 0);
      await route.fulfill({ response: answer });
      hasCome = isRevealed;
    });
    await goTo(page, `#/generation/${id}`);
    await page.getByRole('button', { name: 'Reveal its prompt' }).click();
    await page.getByRole('dialog').getByText('is shown to you once').waitFor();
    await confirm(page, 'Reveal its prompt', 'a complaint');
    await page.keyboard.press('Escape');
    await eventually('the answer has come', async () => hasCome);
    await page.waitForTimeout(500); // for what the page would do with it
    assert.ok(!(await page.content()).includes(canary));
    await visitor.leave();
  });

  it('does once what is clicked twice, and keeps each answer to its own question', async () => {
    const visitor = await operator('olga');
    const { page } = visitor;
    const done = [];
    let isHeld = false, letGo = null;
    await page.route('**/api/actions/*', async (route) => {
      if (route.request().postDataJSON().stamp) done.push(route.request().url());
      if (isHeld) await new Promise((resolve) => { letGo = resolve; });
      await route.continue();
    });
    await goTo(page, '#/privacy');
    await page.getByRole('button', { name: 'Record a request' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What is asked for').selectOption('access');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('A request is recorded: access').waitFor();
    await dialog.getByLabel('Reason, for the audit').fill('a mail of today');
    await dialog.getByRole('button', { name: 'Record a request' }).dblclick();
    await dialog.getByText(/Recorded as preq_/).waitFor();
    assert.equal(done.length, 1);
    await close(page);

    await goTo(page, '#/upstreams');
    const pause = (label) => page.getByRole('article', { name: `kie ${label}`, exact: true }).getByRole('button', { name: 'Pause for 15 min' }).click();
    isHeld = true;
    await pause('sim-kie');
    await eventually('the first preview is under way', async () => letGo !== null);
    await page.keyboard.press('Escape');
    isHeld = false;
    await pause('sim-kie-2');
    await dialog.getByText('kie/sim-kie-2 takes no new call').waitFor();
    letGo();
    await page.waitForTimeout(500); // for what the page would do with it
    await dialog.getByText('kie/sim-kie-2 takes no new call').waitFor();
    await dialog.getByRole('button', { name: 'Leave it' }).click();
    visitor.checkRecord();
    await visitor.leave();
  });

  it('records a request that came by mail', async () => {
    const visitor = await operator('olga');
    const { page } = visitor;
    await goTo(page, '#/privacy');
    await page.getByRole('button', { name: 'Record a request' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What is asked for').selectOption('child');
    await dialog.getByLabel('Number of the mail or ticket, if there is one').fill('MAIL-9');
    await visitor.checkAccess('a request');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('A request is recorded: child').waitFor();
    await confirm(page, 'Record a request', 'a mail of today');
    await dialog.getByText(/Recorded as preq_/).waitFor();
    await close(page);
    visitor.checkRecord();
    await visitor.leave();
  });

  it('offers what only admins may do to nobody else', async () => {
    for (const name of ['vera', 'olga']) {
      const visitor = await operator(name);
      const { page } = visitor;
      await goTo(page, '#/nodes');
      await page.getByText('In service').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Drain this node' }).count(), 0, name);
      await goTo(page, '#/actors?type=router');
      await page.locator('tbody a').first().click();
      await page.getByRole('heading', { name: 'Latest messages' }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Kill' }).count(), 0, name);
      await visitor.leave();
    }
  });
});

describe('an admin at the console', () => {
  it('kills an actor, sees it replaced, and nothing is lost', async () => {
    const api = house.client(paid);
    const visitor = await operator('anna');
    const { page } = visitor;
    const { id } = await api.start({ prompt: 'a castle begun twice sim:slow=3000' });
    await goTo(page, `#/generation/${id}`);
    const link = page.locator('.fact', { hasText: 'Actor' }).getByRole('link');
    await link.waitFor();
    const first = await link.textContent();
    await link.click();
    await page.getByRole('button', { name: 'Kill' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('dies as by an exception').waitFor();
    await confirm(page, 'Kill', 'to see it come back');
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await close(page);
    await goTo(page, `#/generation/${id}`);
    await eventually('another actor works on it, or it has ended', async () => {
      const told = await ask(`/api/generations/${id}`);
      return told.state === 'completed' || (told.actor && `generation #${told.actor.id}` !== first);
    });
    assert.equal((await api.ended(id)).state, 'completed');
    await goTo(page, '#/graveyard');
    await page.getByText('a handler failed').first().waitFor();
    await visitor.leave();
  });

  it('drains the node and has it serve again', async () => {
    const visitor = await operator('anna');
    const { page } = visitor;
    await goTo(page, '#/nodes');
    await page.getByRole('button', { name: 'Drain this node for 15 min' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('This node takes nothing new').waitFor();
    await confirm(page, 'Drain this node for 15 min', 'a new disk');
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await close(page);
    await page.locator('.fact', { hasText: 'In service' }).getByText('drained').waitFor();
    await page.getByText('serves again by itself').waitFor();
    await page.getByRole('button', { name: 'Resume this node' }).click();
    await confirm(page, 'Resume this node', 'the disk is in');
    await dialog.getByText('Done, and recorded in the audit.').waitFor();
    await close(page);
    await page.locator('.fact', { hasText: 'In service' }).getByText('serving').waitFor();
    await visitor.leave();
  });
});
