import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Client } from '../e2e/support/client.mjs';
import { describeImage } from '../e2e/support/pictures.mjs';
import { Studio } from './support/studio.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

let studio;
before(async () => { [studio] = await Promise.all([Studio.start(), openBrowser()]); });
after(async () => { await closeBrowser(); await studio.stop(); });

const path = (page) => new URL(page.url()).pathname;

describe('somebody new', () => {
  it('is asked for their confirmation, and has no account before they give it', async () => {
    const visitor = await Visitor.arrive(studio);
    const { page } = visitor;
    await visitor.open('/');
    assert.equal(path(page), '/sign-in', 'whoever is not signed in is led there');
    const before = await studio.accounts();
    await visitor.chooseAtGoogle('first@example.org');
    await page.waitForURL('**/sign-in/confirm');
    assert.match(await page.locator('main').innerText(), /First Person[\s\S]*first@example\.org[\s\S]*13 years/);
    assert.equal(await studio.accounts(), before);
    await page.locator('[name="age"]').check();
    await page.locator('form[action="/sign-in/confirm"] button').click();
    assert.equal(path(page), '/sign-in/confirm', 'the terms were not accepted');
    await page.locator('[name="terms"]').check();
    await page.locator('form[action="/sign-in/confirm"] button').click();
    await page.waitForURL(`${studio.url}/`);
    assert.equal(await studio.accounts(), before + 1);
    visitor.checkRecord();
    await visitor.leave();
  });

  it('who declines leaves nothing', async () => {
    const visitor = await Visitor.arrive(studio);
    const before = await studio.accounts();
    await visitor.chooseAtGoogle('second@example.org');
    await visitor.page.waitForURL('**/sign-in/confirm');
    await visitor.page.locator('form[action="/sign-in/decline"] button').click();
    await visitor.page.getByText('You declined. Nothing about you was kept.').waitFor();
    assert.equal(await studio.accounts(), before);
    assert.deepEqual(await visitor.cookies(), {});
    visitor.checkRecord();
    await visitor.leave();
  });

  it('who says no to Google is told so', async () => {
    const visitor = await Visitor.arrive(studio);
    await visitor.chooseAtGoogle('Cancel');
    await visitor.page.getByText('Signing in was cancelled at Google.').waitFor();
    assert.equal(path(visitor.page), '/sign-in');
    visitor.checkRecord();
    await visitor.leave();
  });
});

describe('a tour of the studio', () => {
  let visitor;
  let page;
  before(async () => {
    visitor = await Visitor.arrive(studio);
    ({ page } = visitor);
    await visitor.signIn('third@example.org');
    await visitor.settled();
  });
  after(async () => visitor.leave());

  it('begins with nothing, and a price before anything is sent', async () => {
    await page.getByText('Nothing here yet.').waitFor();
    await page.locator('#submit').getByText(/^Create for \d+ credits?$/).waitFor();
    assert.match(await page.locator('#price').innerText(), /OpenAI for moderation, then sub2api/);
    const before = await page.locator('#price-total').innerText();
    await page.locator('#n').fill('2');
    await page.waitForFunction((old) => document.getElementById('price-total').innerText !== old, before);
    await page.locator('#n').fill('1');
  });

  it('asks for a prompt where there is none, without a request', async () => {
    visitor.requested.length = 0;
    await page.locator('#submit').click();
    await page.getByText('Please describe the picture.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt');
    assert.deepEqual(visitor.requested.filter((one) => one.endsWith('/v1/generations')), []);
  });

  it('makes a picture, shows what it waits for, and gives it as a file', async () => {
    const card = await visitor.create('A paper boat on a rain puddle');
    assert.match(await card.innerText(), /30 days left/);
    assert.equal(await page.locator('#announcer').innerText(), 'Picture ready');
    const [download] = await Promise.all([page.waitForEvent('download'), card.locator('.download').click()]);
    const file = await download.path();
    assert.equal(describeImage(fs.readFileSync(file)).whole, true);
    await card.locator('.look').click();
    assert.ok(await page.locator('#viewer').isVisible());
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#viewer').isVisible(), false);
  });

  it('shows it again after a reload, and says how many characters a prompt has', async () => {
    await visitor.open('/');
    await page.locator('.picture img').waitFor();
    await page.locator('#prompt').fill('Größe 🎨');
    assert.equal(await page.locator('#prompt-count').innerText(), '7 of 32,000 characters');
  });

  it('tells why there is no picture', async () => {
    await page.locator('#prompt').fill('what nobody may ask for sim:violence');
    await page.locator('#submit').click();
    await page.locator('.card').first().getByText('Moderation refused the prompt. Nothing was charged.').waitFor();
  });

  it('deletes when told twice', async () => {
    const cards = page.locator('.card');
    const before = await cards.count();
    await cards.last().getByRole('button', { name: 'Delete' }).click();
    await page.locator('#ask-no').click();
    assert.equal(await cards.count(), before);
    await cards.last().getByRole('button', { name: 'Delete' }).click();
    await page.locator('#ask-yes').click();
    await page.waitForFunction((count) => document.querySelectorAll('.card').length === count, before - 1);
  });

  it('changes the name', async () => {
    await visitor.open('/account');
    assert.equal(await page.locator('#email').innerText(), 'third@example.org');
    await page.locator('#name').fill('Somebody <b>Else</b>');
    await page.locator('#rename button').click();
    await page.locator('#announcer').getByText('Name saved.').waitFor({ state: 'attached' });
    await visitor.open('/account');
    assert.equal(await page.locator('#name').inputValue(), 'Somebody <b>Else</b>');
  });

  it('makes a key that works, shows it once, and revokes it', async () => {
    await page.locator('#key-name').fill('my script');
    await page.locator('#key-cap').fill('500');
    await page.locator('#key button').click();
    await page.locator('#new-key').waitFor();
    const key = await page.locator('#new-key-text').inputValue();
    const client = new Client(() => studio.url, key);
    assert.equal((await client.get('/v1/account')).status, 200);
    await page.locator('#new-key-done').click();
    await visitor.open('/account');
    assert.equal((await page.content()).includes(key), false);
    await page.getByText('0 of 500 credits this month').waitFor();
    await page.getByRole('button', { name: 'Revoke my script' }).click();
    await page.locator('#ask-yes').click();
    await page.getByText('No keys yet.').waitFor();
    assert.equal((await client.get('/v1/account')).status, 401);
  });

  it('ends another session, which is then led to the sign-in', async () => {
    const elsewhere = await Visitor.arrive(studio);
    await elsewhere.signIn('third@example.org');
    await visitor.open('/account');
    await page.locator('#sessions li').nth(1).waitFor();
    assert.equal(await page.locator('#sessions .tag:visible').count(), 1, 'this one is marked');
    await page.locator('#sessions button:visible').click();
    await page.waitForFunction(() => document.querySelectorAll('#sessions li').length === 1);
    await elsewhere.page.goto(`${studio.url}/account`);
    await elsewhere.page.waitForURL('**/sign-in?return_to=%2Faccount');
    await elsewhere.leave();
  });

  it('names the new recipient before the tier is switched', async () => {
    await page.locator('[value="paid"]').check();
    assert.equal(await page.locator('#switch').innerText(), 'Switch to paid: prompts go to kie.ai');
    await page.locator('#switch').click();
    assert.match(await page.locator('#ask').innerText(), /prompts go to kie\.ai, no longer to sub2api/);
    await page.locator('#ask-no').click();
  });

  it('leaves exactly two cookies, and nothing else in the browser', async () => {
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Konto', exact: true }).waitFor();
    const cookies = await visitor.cookies();
    assert.deepEqual(Object.keys(cookies).sort(), ['__Host-lang', '__Host-sid']);
    for (const one of Object.values(cookies))
      assert.deepEqual([one.path, one.secure, one.sameSite], ['/', true, 'Lax'], one.name);
    assert.equal(cookies['__Host-sid'].httpOnly, true);
    assert.deepEqual(await page.evaluate(async () =>
      [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length]), [0, 0, 0, 0]);
  });

  it('asked nobody but this server for anything, and broke no rule of the content policy', () => visitor.checkRecord());

  it('ends by signing out, everywhere if one wants', async () => {
    await page.locator('#end-all').click();
    await page.locator('#ask-yes').click();
    await page.waitForURL('**/sign-in');
    await visitor.open('/');
    assert.equal(path(page), '/sign-in');
  });
});

describe('without script', () => {
  it('signing in, confirming, the language and signing out work', async () => {
    const visitor = await Visitor.arrive(studio, { javaScriptEnabled: false });
    const { page } = visitor;
    await visitor.signIn('nameless@example.org');
    assert.equal(path(page), '/');
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Ein Bild erstellen' }).waitFor();
    await page.getByRole('button', { name: 'Abmelden' }).click();
    await page.getByText('Sie sind abgemeldet.').waitFor();
    assert.deepEqual(Object.keys(await visitor.cookies()), ['__Host-lang']);
    await visitor.leave();
  });
});
