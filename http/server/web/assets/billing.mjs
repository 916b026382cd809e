/** What one has, what one can buy, and what one bought. Paying itself happens at Stripe. */

import { get, post } from './api.mjs';
import { $, line, once, stamp, tell } from './dom.mjs';
import { day, has, moment, money, text } from './texts.mjs';

/** Stripe's words are an open set. */
const worded = (kind, word) => (has(`${kind}.${word}`) ? text(`${kind}.${word}`) : word);

const priced = ({ amount, currency }, interval) =>
  text(interval ? `billing.each_${interval}` : 'billing.once', { price: money(amount, currency) });

// ---- the plan

function subscriptionLine(one, plans) {
  const plan = plans.find((each) => each.id === one.plan);
  return line({
    title: plan?.name ?? text('billing.former_plan'),
    tag: worded('status', one.status),
    meta: [
      plan && priced(plan.price, plan.interval),
      one.ends_at ? text('billing.ends', { date: day(one.ends_at) }) : one.renews_at && text('billing.renews', { date: day(one.renews_at) }),
    ],
  });
}

/** Leaves for the page that a question answers with. */
const leaveFor = (button, where, target, body) => once(button, where, async () => {
  const { url } = await post(target, body);
  location.assign(url);
});

$('portal').addEventListener('click', () => leaveFor($('portal'), $('portal-error'), '/v1/billing/portal', {}));

// ---- the shop

function offerLine(offer, meta, label) {
  const element = line({ title: offer.name, meta, action: text(label), label: text(`${label}_label`, { name: offer.name }), act: () => {} });
  const button = element.querySelector('button');
  button.className = '';
  button.addEventListener('click', () => leaveFor(button, $('buy-error'), '/v1/billing/checkout', { item: offer.id }));
  return element;
}

const planLine = (plan) => offerLine(plan, [
  priced(plan.price, plan.interval), text('billing.monthly_credits', { count: plan.credits_per_month }),
  plan.trial_days > 0 && text('billing.trial', { count: plan.trial_days }),
], 'billing.subscribe');

const packLine = (pack) => offerLine(pack, [priced(pack.price), text('billing.pack_credits', { count: pack.credits })], 'billing.buy');

function offer(found) {
  const sells = found.plans.length + found.packs.length > 0;
  $('shop').hidden = !sells || found.blocked;
  $('closed').hidden = found.can_buy || !sells;
  const plans = found.subscriptions.length > 0 ? [] : found.plans; // a plan is changed in the portal
  $('plans').replaceChildren(...plans.map(planLine));
  $('plans-heading').hidden = plans.length === 0;
  $('packs').replaceChildren(...found.packs.map(packLine));
  $('packs-heading').hidden = found.packs.length === 0;
  for (const button of $('shop').querySelectorAll('button')) button.disabled = !found.can_buy;
}

// ---- what was bought

/** Purchases and renewals as one list, the latest first. Times are of one form, and so in order as texts. */
function payments({ purchases, renewals, plans, packs }) {
  const nameOf = (item) => [...plans, ...packs].find((each) => each.id === item)?.name ?? item;
  const all = [
    ...purchases.map((one) => ({ ...one, at: one.created_at, what: nameOf(one.item) })),
    ...renewals.map((one) => ({ ...one, at: one.paid_at, what: text('billing.renewal') })),
  ];
  return all.sort((a, b) => (a.at < b.at) - (a.at > b.at));
}

function paymentRow(one) {
  const { element, parts } = stamp('purchase');
  parts.when.textContent = moment(one.at);
  parts.what.textContent = one.what;
  parts.reference.textContent = one.reference;
  parts.state.textContent = worded('purchase', one.state);
  parts.amount.textContent = money(one.price.amount, one.price.currency);
  parts.credits.textContent = one.credits;
  return element;
}

function show(found) {
  $('available').textContent = found.available;
  $('tier').textContent = text(`tier.${found.tier}`);
  $('blocked').hidden = !found.blocked;
  $('subscriptions').replaceChildren(...found.subscriptions.map((one) => subscriptionLine(one, found.plans)));
  $('no-plan').hidden = found.subscriptions.length > 0;
  $('portal').hidden = !found.has_portal;
  offer(found);
  const rows = payments(found).map(paymentRow);
  $('purchases').replaceChildren(...rows);
  $('purchases-region').hidden = rows.length === 0;
  $('purchases-empty').hidden = rows.length > 0;
}

await get('/v1/billing').then(show).catch((problem) => tell($('page-problem'), problem.sentence ?? text('problem.500.text')));
// Whoever comes back with the browser's button finds its buttons as they were left, and the books as they were.
addEventListener('pageshow', (event) => event.persisted && location.reload());
