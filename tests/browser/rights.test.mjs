// The account page's last three sections: a copy, a pause, an end.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, it } from 'node:test';
import { Studio } from './support/studio.mjs';
import { Visitor, closeBrowser, openBrowser } from './support/visitor.mjs';

let studio, visitor, page;
before(async () => {
  [studio] = await Promise.all([Studio.start(), openBrowser()]);
  visitor = await Visitor.arrive(studio);
  ({ page } = visitor);
  await visitor.signIn('marks@example.org');
  await visitor.settled();
  await visitor.create('A paper boat');
  await visitor.open('/account');
});
after(async () => { await closeBrowser(); await studio.stop(); });

it('RIGHT-1: a link downloads the ZIP', async () => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#export').click()]);
  assert.match(download.suggestedFilename(), /^gpt-image-ai-\d{4}-\d\d-\d\d\.zip$/);
  assert.equal(fs.readFileSync(await download.path()).subarray(0, 2).toString(), 'PK');
});

it('RIGHT-4: processing is restricted when told twice, says so after a reload, and is lifted', async () => {
  await page.locator('#objection').fill('Nobody shall draw for me.');
  await page.locator('#pause button').click();
  await page.locator('#ask-no').click();
  assert.ok(await page.locator('#pause').isVisible());
  await page.locator('#pause button').click();
  await page.locator('#ask-yes').click();
  await page.getByText(/^Processing is restricted since/).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'lift');
  await visitor.checkAccess('restricted');
  await visitor.open('/');
  await page.locator('#prompt').fill('Another boat');
  await page.locator('#submit').click();
  await page.getByText('Processing for your account is restricted, as you asked.').first().waitFor();
  visitor.complaints.length = 0; // the browser reports a 403 as an error
  await visitor.open('/account');
  await page.locator('#lift').click();
  await page.locator('#pause').waitFor();
  assert.equal(await page.locator('#paused').isVisible(), false);
});

it('RIGHT-3: deletion first shows what is lost, and ends with a receipt and no cookie', async () => {
  await page.waitForFunction(() => document.getElementById('lost-pictures').innerText === '1');
  await page.locator('#delete').click();
  await page.locator('#ask').waitFor();
  assert.match(await page.locator('#ask-text').innerText(), /^Pictures: 1\. Credits: \d+\. This cannot be undone\.$/);
  await page.locator('#ask-no').click();
  assert.equal(await studio.accounts(), 1);
  await page.locator('#delete').click();
  await page.locator('#ask-yes').click();
  await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
  assert.match(await page.locator('[data-part="id"]').innerText(), /^erasure_/);
  assert.match(await page.locator('[data-part="hash"]').innerText(), /^[0-9a-f]{64}$/);
  await visitor.checkAccess('the receipt');
  await visitor.checkWidth('the receipt');
  assert.equal(await studio.accounts(), 0);
  assert.equal((await visitor.cookies())['__Host-sid'], undefined);
  visitor.checkRecord();
  await page.getByRole('link', { name: 'Go on' }).click();
  await page.waitForURL('**/sign-in');
  await visitor.leave();
});
