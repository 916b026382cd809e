// Looking back in the console: the tree by type as it was, by keyboard, by address, for everybody.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { House } from '../e2e/support/house.mjs';
import { eventually } from '../e2e/support/wait.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

let house, api;

before(async () => {
  [house] = await Promise.all([House.start({}), openBrowser()]);
  api = house.client(await house.account('free'));
});
after(async () => {
  await closeBrowser();
  await house?.stop();
});

async function arrive(options, where = '') {
  const visitor = await Visitor.arrive({ url: house.node.operatorUrl }, options);
  const { page } = visitor;
  await page.goto(`${house.node.operatorUrl}/${where}`);
  await page.getByRole('button', { name: 'With the server’s token instead' }).click();
  await page.getByLabel('Operator’s token').fill(house.operatorToken);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Ready').waitFor();
  return visitor;
}

const slider = (page) => page.getByRole('slider', { name: 'Look back' });
const then = (page, type) => page.locator('.panel', { hasText: 'Actors by type' }).locator('tbody tr', { has: page.getByText(type, { exact: true }) });
const moment = async (at) => (await fetch(`${house.node.operatorUrl}/api/history?at=${encodeURIComponent(at)}`, { headers: { authorization: `Bearer ${house.operatorToken}` } })).json();

describe('the past', () => {
  it('is looked at with the arrow keys, on the overview and among the actors, until one is live again', async () => {
    await api.ended((await api.start({ prompt: 'a boat' })).id);
    const visitor = await arrive();
    const { page } = visitor;
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await eventually('five seconds are kept', async () => (await moment('-5s')).types?.length > 0);
    await page.reload(); // the slider counts from the newest sample that the page has: not from one of the first second
    await page.getByText('Ready').waitFor();
    assert.equal(await page.getByRole('region', { name: 'Time', exact: true }).getByRole('button', { name: 'Live' }).isDisabled(), true);
    await page.keyboard.press('t');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.locator('.time-bar.past').waitFor();
    assert.match(await slider(page).getAttribute('aria-valuetext'), /^\d\d:\d\d:\d\d, .* ago$/);
    await then(page, 'router').waitFor();
    await page.locator('.events li', { hasText: 'started' }).first().waitFor();
    const named = new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]).get('at');
    const answer = await moment(named);
    assert.equal(await then(page, 'router').locator('td.number').first().textContent(), String(answer.types.find((one) => one.kind === 'router').live));
    await visitor.checkAccess('the past');

    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'Actors', exact: true }).waitFor();
    await page.getByText('Of the past the tree is kept by type').waitFor();
    assert.equal(new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]).get('at'), named);
    await page.getByRole('region', { name: 'Time', exact: true }).getByRole('button', { name: 'Live' }).click();
    await page.getByRole('heading', { name: 'Supervision tree' }).waitFor();
    assert.equal(await slider(page).inputValue(), '0');
    assert.ok(!(await page.evaluate(() => location.hash)).includes('at='));
    visitor.checkRecord();
    await visitor.leave();
  });

  it('has an address, and says so when it is too long ago', async () => {
    const kept = new Date(Date.now() - 2000).toISOString();
    const visitor = await arrive({}, `#/?at=${encodeURIComponent(kept)}`);
    const { page } = visitor;
    await page.locator('.time-bar.past').waitFor();
    await then(page, 'router').waitFor();
    await page.evaluate(() => { location.hash = '#/?at=2020-01-01T00:00:00.000Z'; });
    await page.getByText('Nothing is kept of that time.').waitFor();
    await page.getByRole('region', { name: 'Time', exact: true }).getByRole('button', { name: 'Live' }).click();
    await page.locator('.time-bar:not(.past)').waitFor();
    await visitor.leave();
  });

  it('fits a phone', async () => {
    const visitor = await arrive({ viewport: { width: 390, height: 844 } });
    const { page } = visitor;
    await slider(page).focus();
    await page.keyboard.press('ArrowLeft');
    await then(page, 'router').waitFor();
    await visitor.checkWidth('the past');
    await visitor.leave();
  });
});
