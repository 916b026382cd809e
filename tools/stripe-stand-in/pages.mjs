/** The stand-in's own pages: where one pays, and the portal. Each says what it is. */

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text).replace(/[&<>"']/g, (one) => entities[one]);
const money = (amount, currency) => new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount / 100);
const date = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

const style = `
  body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; color-scheme: light dark; }
  .mark { padding: .75rem 1rem; background: #7a4b00; color: #fff; text-align: center; font-weight: 600; }
  main { max-width: 30rem; margin: 2rem auto; padding: 0 1rem; display: grid; gap: .75rem; }
  h1, h2 { margin: 0; font-size: 1.4rem; } h2 { font-size: 1.1rem; }
  form { display: grid; gap: .5rem; }
  input, button { font: inherit; padding: .7rem 1rem; border: 1px solid GrayText; border-radius: .5rem; background: Canvas; color: CanvasText; }
  button { text-align: left; cursor: pointer; }
  button:hover, button:focus-visible, input:focus-visible { outline: 3px solid Highlight; }
`;

const page = (title, main) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><style>${style}</style></head>
<body><div class="mark">This is not Stripe. It is a stand-in for development on this machine. No money moves.</div><main>${main}</main></body>
</html>
`;

const every = (price) => (price.interval ? ` every ${price.interval}` : '');

/** The page of an open session. `notice`: what went wrong at the last try. */
export const payPage = (session, notice) => page('Pay', `
<h1>Pay ${escape(money(session.amount_total, session.currency))}</h1>
${notice ? `<p role="alert">${escape(notice)}</p>` : ''}
<ul>${session.items.map((one) => `<li>${one.quantity} × ${escape(one.description)}, ${escape(money(one.price.unit_amount, session.currency))}${every(one.price)}</li>`).join('')}</ul>
<form method="post">
  <label for="email">E-mail</label><input id="email" name="email" type="email" value="buyer@example.org">
  <label for="name">Name</label><input id="name" name="name" value="A Buyer">
  <button name="method" value="card">Pay by card</button>
  <button name="method" value="declined">Pay by a card that is declined</button>
  ${session.mode === 'payment' ? '<button name="method" value="delayed">Pay by bank debit: the money comes in three days</button>' : ''}
  ${session.allow_promotion_codes ? '<button name="method" value="coupon">Use a coupon of 100 %</button>' : ''}
</form>
${session.cancel_url ? `<p><a href="${escape(session.cancel_url)}">Back without paying</a></p>` : ''}`);

function subscriptionPart(sub, prices) {
  const own = prices.find((one) => one.id === sub.price);
  const ends = sub.cancel_at ?? (sub.cancel_at_period_end ? sub.period_end : null);
  const hidden = `<input type="hidden" name="subscription" value="${escape(sub.id)}">`;
  const others = prices.filter((one) => one.interval && one.id !== sub.price && one.currency === own.currency);
  return `<h2>${escape(own.nickname ?? own.id)}</h2>
<p>${escape(money(own.unit_amount, own.currency))}${every(own)}, ${escape(sub.status)}, ${ends ? `ends on ${date(ends)}` : `renews on ${date(sub.period_end)}`}</p>
<form method="post">${hidden}<button name="action" value="${ends ? 'keep' : 'cancel'}">${ends ? 'Do not cancel' : 'Cancel at the end of the period'}</button>
${others.map((one) => `<button name="switch" value="${escape(one.id)}">Switch to ${escape(one.nickname ?? one.id)}, ${escape(money(one.unit_amount, one.currency))}${every(one)}</button>`).join('')}</form>`;
}

export const portalPage = (portal, subs, prices) => page('Your plan', `
<h1>Your plan</h1>
${subs.map((one) => subscriptionPart(one, prices)).join('') || '<p>There is no subscription.</p>'}
${portal.return_url ? `<p><a href="${escape(portal.return_url)}">Back</a></p>` : ''}`);

export const problemPage = (message) => page('Not possible', `<h1>Not possible</h1><p>${escape(message)}</p>`);
