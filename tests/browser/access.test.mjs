import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Studio } from './support/studio.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

let studio;
before(async () => { [studio] = await Promise.all([Studio.start(), openBrowser()]); });
after(async () => { await closeBrowser(); await studio.stop(); });

const looks = [
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark', locale: 'de-DE' } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 }, locale: 'de-DE' } },
  { name: 'dark, on a phone, without motion', options: { viewport: { width: 360, height: 740 }, colorScheme: 'dark', reducedMotion: 'reduce' } },
];

describe('every page is good for everybody', () => {
  for (const { name, options } of looks)
    it(name, async () => {
      const visitor = await Visitor.arrive(studio, options);
      const { page } = visitor;
      const check = async (what) => { await visitor.checkAccess(what); await visitor.checkWidth(what); };
      await visitor.open('/nothing-here');
      await check('problem');
      visitor.complaints.length = 0; // the browser reports a 404 as an error
      for (const path of ['/privacy', '/terms', '/acceptable-use', '/cookies']) {
        await visitor.open(path);
        await check(path);
      }
      await visitor.open('/sign-in');
      await check('sign in');
      await visitor.chooseAtGoogle('a.person.with');
      await page.waitForURL('**/sign-in/confirm');
      await check('confirm');
      await page.locator('form[action="/sign-in/decline"] button').click();
      await page.waitForURL('**/sign-in?*');
      await check('declined');

      await visitor.signIn('marks@example.org');
      await visitor.settled();
      await check('create');
      const card = await visitor.create(`A very long ${'winding '.repeat(30)}road, ${name}`);
      await check('a picture');
      await card.locator('.look').click();
      await check('the viewer');
      await page.keyboard.press('Escape');
      await card.locator('.actions .danger').click();
      await check('the question');
      await page.keyboard.press('Escape');

      await visitor.open('/account');
      await page.locator('#sessions li').first().waitFor();
      await page.locator('#books summary').click();
      await check('account');
      visitor.checkRecord();
      await visitor.leave();
    });
});

/** Presses Tab until the focus is where it should be. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 80; ++presses) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the keyboard never reached ${selector}`);
}

describe('the keyboard alone', () => {
  it('signs in, confirms, makes a picture, makes a key and signs out', async () => {
    const visitor = await Visitor.arrive(studio);
    const { page } = visitor;
    const press = async (selector, key = 'Enter') => { await tabTo(page, selector); await page.keyboard.press(key); };

    await visitor.open('/sign-in');
    await press('form[action="/sign-in"] button');
    await page.waitForURL(`${studio.standIn.url}/**`);
    await press('button[value="100000000000000000002"]');
    await page.waitForURL('**/sign-in/confirm');
    await press('[name="age"]', 'Space');
    await press('[name="terms"]', 'Space');
    await press('form[action="/sign-in/confirm"] button');
    await page.waitForURL(`${studio.url}/`);
    await visitor.settled();

    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip', 'the way past the header comes first');
    await tabTo(page, '#prompt');
    await page.keyboard.type('A lighthouse made of books');
    await page.keyboard.press('Control+Enter');
    await page.locator('.picture img').waitFor();
    await press('.look');
    await page.locator('#viewer').waitFor();
    await page.keyboard.press('Escape');
    assert.ok(await page.evaluate(() => document.activeElement.matches('.look')), 'the focus is back where it was');

    await visitor.open('/account');
    await tabTo(page, '#key-name');
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.locator('#new-key').waitFor();
    await page.waitForFunction(() => document.activeElement.id === 'new-key-text'); // once the list is new, too
    await press('#new-key-done');
    await press('[aria-label="Revoke by keyboard"]');
    await press('#ask-yes');
    await page.getByText('No keys yet.').waitFor();
    await page.keyboard.press('Home');
    await visitor.open('/');
    await press('form[action="/sign-out"] button');
    await page.getByText('You are signed out.').waitFor();
    visitor.checkRecord();
    await visitor.leave();
  });
});
