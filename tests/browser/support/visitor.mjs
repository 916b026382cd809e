import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const limit = 30_000;

let browser;
export async function openBrowser() { browser = await chromium.launch({ executablePath, args: flags }); }
export async function closeBrowser() { await browser.close(); }

/** Somebody with a browser profile of their own, who writes down everything that the pages did. */
export class Visitor {
  /** @param options Playwright's, for the profile: locale, colorScheme, viewport, javaScriptEnabled */
  static async arrive(studio, options = {}) {
    const visitor = new Visitor();
    visitor.studio = studio;
    visitor.context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, ...options });
    visitor.context.setDefaultTimeout(limit);
    visitor.page = await visitor.context.newPage();
    visitor.#writeDown();
    return visitor;
  }

  foreign = []; // requests that one of our pages made to anybody else
  complaints = []; // what the browser or a script complained about, violations of the content policy among it
  requested = [];

  #writeDown() {
    const { page } = this;
    const isOurs = (url) => url.startsWith(`${this.studio.url}/`) || url.startsWith('blob:') || url.startsWith('data:');
    page.on('request', (request) => {
      this.requested.push(request.url());
      const byOurPage = request.frame().url().startsWith(`${this.studio.url}/`);
      if (byOurPage && !request.isNavigationRequest() && !isOurs(request.url())) this.foreign.push(request.url());
    });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && page.url().startsWith(this.studio.url)) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(`${error}`));
  }

  /** Opens a page of ours; its answer's head is checked on the way. */
  async open(path) {
    const answer = await this.page.goto(this.studio.url + path);
    await this.settled();
    return answer;
  }

  /** Until the page's script has everything that it asked for. */
  async settled() { await this.page.waitForLoadState('networkidle').catch(() => {}); }

  /** Goes to Google and says who one is. The stand-in asks each time. */
  async chooseAtGoogle(email) {
    const { page } = this;
    if (!page.url().includes('/sign-in')) await this.open('/sign-in');
    await page.locator('form[action="/sign-in"] button').click();
    await page.waitForURL(`${this.studio.standIn.url}/**`);
    await page.getByRole('button', { name: email }).click();
  }

  /** Signs in, confirming what a new person has to confirm. */
  async signIn(email) {
    await this.chooseAtGoogle(email);
    await this.page.waitForURL(`${this.studio.url}/**`);
    if (!this.page.url().endsWith('/sign-in/confirm')) return;
    await this.page.locator('[name="age"]').check();
    await this.page.locator('[name="terms"]').check();
    await this.page.locator('form[action="/sign-in/confirm"] button').click();
    await this.page.waitForURL(`${this.studio.url}/`);
  }

  /** A picture by the form; its card, once the picture is there. */
  async create(prompt) {
    const { page } = this;
    await page.locator('#prompt').fill(prompt);
    await page.locator('#submit').click();
    const card = page.locator('.card', { has: page.getByRole('heading', { name: prompt }) });
    await card.locator('.picture img').waitFor();
    return card;
  }

  /** Our own cookies, by name. */
  async cookies() {
    const { hostname } = new URL(this.studio.url);
    const all = (await this.context.cookies()).filter((one) => one.domain === hostname);
    return Object.fromEntries(all.map((one) => [one.name, one]));
  }

  /** Nothing wrong for people who use a page by other means than most. */
  async checkAccess(what) {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
    assert.deepEqual(found, [], what);
  }

  /** Nothing wider than the window. */
  async checkWidth(what) {
    const [content, window] = await this.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(content <= window, `${what}: ${content} px in ${window} px`);
  }

  checkRecord() {
    assert.deepEqual(this.foreign, [], 'no request to anybody else');
    assert.deepEqual(this.complaints, [], 'nothing that the browser complained about');
  }

  async leave() { await this.context.close(); }
}
