// The page where plans and packs are bought, in Chromium, in both languages, with the stand-in for Stripe.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StripeStandIn, month, shopSettings } from '../e2e/support/stripe.mjs';
import { Studio } from './support/studio.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

let studio, stripe;
before(async () => {
  stripe = await StripeStandIn.start();
  [studio] = await Promise.all([Studio.start({ ...shopSettings(stripe), limits: { free: { daily_allowance: 0 } } }), openBrowser()]);
  await stripe.control('POST', 'webhook', { url: `${studio.url}/webhooks/stripe` });
});
after(async () => {
  await closeBrowser();
  await studio?.stop();
  await stripe?.stop();
});

/** The billing page, once something can be bought there. */
async function openShop(visitor) {
  const { page } = visitor;
  await visitor.open('/billing');
  for (let tries = 0; tries < 50 && await page.locator('#closed').isVisible(); ++tries) await visitor.open('/billing');
  await page.locator('#packs button:enabled').first().waitFor();
}

async function buy(visitor, list, name) {
  const { page } = visitor;
  await openShop(visitor);
  await page.locator(`#${list} li`, { hasText: name }).getByRole('button').click();
  await page.waitForURL(`${stripe.url}/pay/**`);
  await page.getByRole('button', { name: 'Pay by card', exact: true }).click();
  await page.waitForURL(`${studio.url}/billing/return?**`);
}

describe('buying', () => {
  it('a pack: from the page to Stripe and back, and it is among the purchases', async () => {
    const visitor = await Visitor.arrive(studio);
    const { page } = visitor;
    await visitor.signIn('first@example.org');
    await openShop(visitor);
    await visitor.checkAccess('billing');
    await visitor.checkWidth('billing');
    assert.match(await page.locator('#packs li').first().textContent(), /€5\.00.*120 credits/s);
    assert.match(await page.locator('#plans li').first().textContent(), /€9\.00 a month.*300 credits each month/s);
    await buy(visitor, 'packs', 'Small pack');
    assert.match(await page.locator('main').textContent(), /120 credits/);
    await visitor.checkAccess('the return');
    await page.locator('a[href="/billing"]').click();
    await page.locator('#purchases tr').waitFor();
    assert.match(await page.locator('#purchases tr').textContent(), /Small pack.*buy_.*Paid.*€5\.00.*120/s);
    assert.equal(await page.locator('#available').textContent(), '120');
    assert.equal(await page.locator('#tier').textContent(), 'Paid');
    await visitor.checkAccess('billing with a purchase');
    visitor.checkRecord();
    await visitor.leave();
  });

  it('a plan: subscribed, renewed, shown with both payments, cancelled in the portal', async () => {
    const visitor = await Visitor.arrive(studio, { locale: 'de-DE', colorScheme: 'dark', viewport: { width: 360, height: 740 } });
    const { page } = visitor;
    await visitor.signIn('second@example.org');
    await buy(visitor, 'plans', 'Monthly');
    assert.match(await page.locator('main').textContent(), /300 Credits/);
    await visitor.checkWidth('the return');
    await visitor.open('/billing');
    await page.locator('#subscriptions li').waitFor();
    assert.match(await page.locator('#subscriptions li').textContent(), /Monthly.*Aktiv.*verlängert sich am/s);
    assert.equal(await page.locator('#plans li').count(), 0);
    await visitor.checkAccess('billing with a plan');
    await visitor.checkWidth('billing with a plan');
    assert.equal(await page.locator('#purchases tr').count(), 1);
    await stripe.advance(month + 7200);
    await page.waitForFunction(() => document.querySelectorAll('#purchases tr').length === 2 || (location.reload(), false), null, { polling: 500 });
    const [renewal, purchase] = await page.locator('#purchases tr').allTextContents();
    assert.match(renewal, /Verlängerung.*in_.*Bezahlt.*9,00\s€.*300/s);
    assert.match(purchase, /Monthly.*buy_.*Bezahlt.*9,00\s€.*300/s);
    await visitor.checkAccess('billing with a renewal');
    await visitor.checkWidth('billing with a renewal');
    await page.locator('#portal').click();
    await page.waitForURL(`${stripe.url}/portal/**`);
    await page.getByRole('button', { name: 'Cancel at the end of the period' }).click();
    await page.getByRole('link', { name: 'Back' }).click();
    await page.waitForURL(`${studio.url}/billing`);
    await page.waitForFunction(() => /endet am/.test(document.querySelector('#subscriptions')?.textContent) || (location.reload(), false), null, { polling: 500 });
    visitor.checkRecord();
    await visitor.leave();
  });

  it('is not paid when the card is declined, and goes on from there', async () => {
    const visitor = await Visitor.arrive(studio);
    const { page } = visitor;
    await visitor.signIn('third@example.org');
    await openShop(visitor);
    await page.locator('#packs').getByRole('button').first().click();
    await page.waitForURL(`${stripe.url}/pay/**`);
    await page.getByRole('button', { name: 'Pay by a card that is declined' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'Back without paying' }).click();
    await page.waitForURL(`${studio.url}/billing`);
    await visitor.settled();
    assert.equal(await page.locator('#available').textContent(), '0');
    await visitor.leave();
  });
});
