#!/usr/bin/env node
/**
 * What the server asks of Stripe about many renewals, made up anew for each call from the numbers in the ids: nothing is
 * remembered, so that it is as fast with the last invoice as with the first. Its JSON is that of the stand-in. Loopback only.
 *
 *   stripe_of_many.mjs --port-file FILE --invoices N --customers N --instance NAME [--latency MS]
 *
 * Invoice in_N was paid by customer cus_(N mod customers) with pi_N and charge ch_N; all of them are paid, none refunded.
 */
import fs from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import * as shape from '../../tools/stripe-stand-in/shapes.mjs';

const { values } = parseArgs({
  options: { 'port-file': { type: 'string' }, invoices: { type: 'string' }, customers: { type: 'string' }, instance: { type: 'string' }, latency: { type: 'string', default: '0' } },
});
const invoices = Number(values.invoices), customers = Number(values.customers), latency = Number(values.latency);
const begin = Math.floor(Date.now() / 1000) - invoices - 60; // one each second, the last one a minute ago
const month = 30 * 86_400;
const amount = 900, currency = 'eur';

const priceId = 'price_of_many';
const price = { id: priceId, active: true, created: begin, currency, unit_amount: amount, interval: 'month', interval_count: 1, product: 'prod_1', nickname: null, metadata: {} };

function invoice(number) {
  const created = begin + number, customer = number % customers;
  return shape.invoice({
    id: `in_${number}`, created, customer: `cus_${customer}`, currency, status: 'paid', billing_reason: 'subscription_cycle',
    subtotal: amount, total: amount, attempt_count: 1, next_attempt: null, finalized_at: created, paid_at: created, voided_at: null,
    subscription: `sub_${customer}`, item: `si_${customer}`, metadata: { easel_instance: values.instance },
    lines: [{ id: `il_${number}`, amount, quantity: 1, start: created, end: created + month, price: priceId, product: 'prod_1', description: null, proration: false }],
    payments: [{ id: `inpay_${number}`, created, amount, status: 'paid', payment_intent: `pi_${number}` }],
  }, null, true);
}

function charged(number) {
  const created = begin + number;
  const source = shape.charge({
    id: `ch_${number}`, created, amount, amount_refunded: 0, currency, customer: `cus_${number % customers}`, payment_intent: `pi_${number}`,
    status: 'succeeded', disputed: false, metadata: {}, balance_transaction: `txn_${number}`, details: { email: null, name: null, country: 'DE' },
  });
  return shape.balanceTransaction({ id: `txn_${number}`, created, amount, currency, type: 'charge', source });
}

/** A page, the newest first, as all lists of Stripe. */
function page(path, query, show) {
  const after = query.get('starting_after');
  const first = after ? Number(after.split('_')[1]) - 1 : invoices - 1;
  const last = Math.max(0, first - Number(query.get('limit') ?? 10) + 1);
  const data = [];
  for (let number = first; number >= last; --number) data.push(show(number));
  return shape.listOf(data, path, last > 0);
}

function answer(url) {
  const [, , kind, id] = url.pathname.split('/');
  if (kind === 'prices') return shape.price(price);
  if (kind === 'invoices') return id ? invoice(Number(id.split('_')[1])) : page(url.pathname, url.searchParams, invoice);
  if (kind === 'balance_transactions') return page(url.pathname, url.searchParams, charged);
  return shape.listOf([], url.pathname);
}

const server = http.createServer((request, response) => {
  const body = JSON.stringify(answer(new URL(request.url, 'http://localhost')));
  const send = () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  };
  if (latency > 0) setTimeout(send, latency);
  else send();
});
server.listen(0, '127.0.0.1', () => {
  fs.writeFileSync(`${values['port-file']}.new`, String(server.address().port));
  fs.renameSync(`${values['port-file']}.new`, values['port-file']);
});
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
