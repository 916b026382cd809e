// CHANGE-1: a change of a document that matters, on the pages of whoever has not acknowledged it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Studio } from './support/studio.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

let studio;
before(async () => { [studio] = await Promise.all([Studio.start(), openBrowser()]); });
after(async () => { await closeBrowser(); await studio.stop(); });

const ways = [
  { name: 'a wide window in the light', options: {} },
  { name: 'a wide window in the dark', options: { colorScheme: 'dark' } },
  { name: 'a phone in the light, in German', options: { viewport: { width: 360, height: 740 }, locale: 'de-DE' } },
  { name: 'a phone in the dark', options: { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } },
];

const banner = (page) => page.locator('.change');
const forget = () => studio.house.cluster.query("update easel.acknowledgement set version = '2020-01-01' where document = 'privacy'",
  studio.house.databaseUrl);

for (const { name, options } of ways)
  describe(name, () => {
    it('shows it above the page until it is acknowledged', async () => {
      const visitor = await Visitor.arrive(studio, options);
      const { page } = visitor;
      await visitor.signIn('marks@example.org');
      await visitor.open('/account');
      assert.equal(await banner(page).count(), 0, 'who has just accepted the terms is told nothing');
      await forget();
      for (const path of ['/', '/account']) {
        await visitor.open(path);
        assert.ok(await banner(page).isVisible(), path);
        await visitor.checkAccess(`${name}: ${path}`);
        await visitor.checkWidth(`${name}: ${path}`);
      }
      assert.equal(await banner(page).getByRole('link').getAttribute('href'), '/privacy');
      await banner(page).getByRole('button').press('Enter');
      await page.waitForURL(`${studio.url}/account`);
      await visitor.settled();
      assert.equal(await banner(page).count(), 0);
      visitor.checkRecord();
      await visitor.leave();
    });
  });

it('needs no script', async () => {
  const signedIn = await Visitor.arrive(studio);
  await signedIn.signIn('marks@example.org');
  const storageState = await signedIn.context.storageState();
  await forget();
  const visitor = await Visitor.arrive(studio, { javaScriptEnabled: false, storageState });
  await visitor.open('/account');
  assert.ok(await banner(visitor.page).isVisible());
  await banner(visitor.page).getByRole('button').click();
  await visitor.page.waitForURL(`${studio.url}/account`);
  assert.equal(await banner(visitor.page).count(), 0);
  await visitor.leave();
  await signedIn.leave();
});
