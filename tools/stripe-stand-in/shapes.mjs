// @ts-check
/**
 * What the stand-in remembers, as the JSON that Stripe shows of it in API version 2026-10-28.endive. A test has the
 * compiler hold each builder against the types of Stripe's own SDK, so that no field is in a place where Stripe has none.
 *
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Customer>} Customer
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Price>} Price
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Checkout.Session>} Session
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.LineItem>} LineItem
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.PaymentIntent>} PaymentIntent
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Charge>} Charge
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Subscription>} Subscription
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Invoice>} Invoice
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.InvoiceLineItem>} InvoiceLine
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.InvoicePayment>} InvoicePayment
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Refund>} Refund
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.Dispute>} Dispute
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.BillingPortal.Session>} PortalSession
 * @typedef {import('./types.d.ts').Part<import('stripe').Stripe.BalanceTransaction>} BalanceTransaction
 */

export const apiVersion = '2026-10-28.endive';
const livemode = false;

/** @template T @param {T[]} data @param {string} url @param {boolean} [more] */
export const listOf = (data, url, more = false) => ({ object: /** @type {const} */ ('list'), data, has_more: more, url });

/** @param {any} it @returns {Customer} */
export const customer = (it) => ({
  id: it.id, object: 'customer', created: it.created, livemode, email: it.email, name: it.name, phone: null,
  address: null, description: null, metadata: it.metadata, balance: 0, currency: null, delinquent: false,
  invoice_prefix: null, preferred_locales: [], shipping: null, default_source: null,
});

/** @param {any} it @returns {Price} */
export const price = (it) => ({
  id: it.id, object: 'price', active: it.active, created: it.created, livemode, currency: it.currency,
  unit_amount: it.unit_amount, unit_amount_decimal: it.unit_amount === null ? null : /** @type {any} */ (String(it.unit_amount)),
  type: it.interval ? 'recurring' : 'one_time', billing_scheme: 'per_unit', product: it.product,
  nickname: it.nickname, metadata: it.metadata, lookup_key: null, tiers_mode: null, transform_quantity: null,
  recurring: it.interval ? { interval: it.interval, interval_count: it.interval_count, usage_type: 'licensed', meter: null } : null,
});

/** @param {any} it @param {any} of @returns {LineItem} */
export const lineItem = (it, of) => ({
  id: it.id, object: 'item', quantity: it.quantity, currency: of.currency, description: it.description,
  amount_subtotal: it.price.unit_amount * it.quantity, amount_discount: 0, amount_tax: 0,
  amount_total: it.price.unit_amount * it.quantity, price: /** @type {any} */ (price(it.price)),
});

/** @param {any} it @param {string} base @returns {Session} */
export const session = (it, base) => ({
  id: it.id, object: 'checkout.session', created: it.created, expires_at: it.expires_at, livemode, mode: it.mode,
  status: it.status, payment_status: it.payment_status, client_reference_id: it.client_reference_id,
  customer: it.customer, customer_email: null, customer_creation: it.mode === 'payment' ? 'if_required' : null,
  customer_details: it.details && {
    email: it.details.email, name: it.details.name, phone: null, tax_exempt: 'none', tax_ids: [],
    address: { city: 'Town', country: it.details.country, line1: 'Street 1', line2: null, postal_code: '00000', state: null },
  },
  amount_subtotal: it.amount_subtotal, amount_total: it.amount_total, currency: it.currency,
  payment_intent: it.payment_intent, subscription: it.subscription, invoice: it.invoice, setup_intent: null,
  metadata: it.metadata, success_url: it.success_url, cancel_url: it.cancel_url, locale: it.locale,
  allow_promotion_codes: it.allow_promotion_codes, payment_method_types: ['card'], payment_method_collection: 'always',
  recovered_from: null, ui_mode: 'hosted_page', url: it.status === 'open' ? `${base}/pay/${it.id}` : null,
  total_details: { amount_discount: it.amount_subtotal - it.amount_total, amount_shipping: 0, amount_tax: 0 },
});

/** @param {any} it @returns {PaymentIntent} */
export const paymentIntent = (it) => ({
  id: it.id, object: 'payment_intent', created: it.created, livemode, amount: it.amount, currency: it.currency,
  amount_received: it.status === 'succeeded' ? it.amount : 0, amount_capturable: 0, customer: it.customer, status: it.status,
  latest_charge: it.charge, metadata: it.metadata, capture_method: 'automatic', confirmation_method: 'automatic',
  canceled_at: null, cancellation_reason: null, client_secret: `${it.id}_secret_x`, receipt_email: null, description: null,
  last_payment_error: it.error && /** @type {any} */ ({ type: 'card_error', code: it.error, decline_code: 'generic_decline' }),
});

/** @param {any} it @returns {Charge} */
export const charge = (it) => ({
  id: it.id, object: 'charge', created: it.created, livemode, amount: it.amount, amount_captured: it.amount,
  amount_refunded: it.amount_refunded, currency: it.currency, customer: it.customer, payment_intent: it.payment_intent,
  paid: it.status === 'succeeded', captured: it.status === 'succeeded', status: it.status, disputed: it.disputed,
  refunded: it.amount_refunded >= it.amount, metadata: it.metadata, balance_transaction: it.balance_transaction,
  billing_details: { email: it.details.email, name: it.details.name, phone: null, tax_id: null, address: null },
  payment_method_details: /** @type {any} */ ({ type: 'card', card: { brand: 'visa', last4: '4242', country: it.details.country } }),
  receipt_email: null, receipt_url: 'https://pay.stripe.invalid/receipts/x',
});

/** @param {any} it @param {any} of @returns {Subscription} */
export const subscription = (it, of) => ({
  id: it.id, object: 'subscription', created: it.created, livemode, customer: it.customer, status: it.status,
  currency: of.currency, collection_method: 'charge_automatically', billing_cycle_anchor: it.anchor,
  billing_mode: { type: it.billing_mode, flexible: it.billing_mode === 'flexible' ? { proration_discounts: 'included' } : null },
  cancel_at: it.cancel_at, cancel_at_period_end: it.cancel_at_period_end, canceled_at: it.canceled_at,
  cancellation_details: { comment: null, feedback: null, reason: it.canceled_at ? 'cancellation_requested' : null },
  ended_at: it.ended_at, start_date: it.created, trial_start: it.trial_end ? it.created : null, trial_end: it.trial_end,
  latest_invoice: it.latest_invoice, metadata: it.metadata, discounts: [], pause_collection: null, pending_update: null,
  schedule: null, default_payment_method: null, description: null, test_clock: null,
  items: listOf([/** @type {any} */ ({
    id: it.item, object: 'subscription_item', created: it.created, subscription: it.id, quantity: it.quantity,
    current_period_start: it.period_start, current_period_end: it.period_end, metadata: {}, discounts: [],
    billing_thresholds: null, tax_rates: [], price: price(of),
  })], `/v1/subscription_items?subscription=${it.id}`),
});

/** @param {any} it @param {any} of @returns {InvoiceLine} */
export const invoiceLine = (it, of) => ({
  id: it.id, object: 'line_item', amount: it.amount, subtotal: it.amount, currency: of.currency, livemode, invoice: of.id,
  description: it.description, quantity: it.quantity, period: { start: it.start, end: it.end }, metadata: {},
  subscription: of.subscription, discountable: !it.proration, discounts: [],
  pricing: { type: 'price_details', price_details: { price: it.price, product: it.product }, unit_amount_decimal: null },
  parent: {
    type: 'subscription_item_details', invoice_item_details: null,
    subscription_item_details: {
      invoice_item: null, proration: it.proration, proration_details: it.proration ? { credited_items: null } : null,
      subscription: of.subscription, subscription_item: of.item,
    },
  },
});

/** @param {any} it @param {any} of @returns {InvoicePayment} */
export const invoicePayment = (it, of) => ({
  id: it.id, object: 'invoice_payment', created: it.created, livemode, invoice: of.id, currency: of.currency,
  amount_requested: it.amount, amount_paid: it.status === 'paid' ? it.amount : null, is_default: true, status: it.status,
  payment: { type: 'payment_intent', payment_intent: it.payment_intent },
  status_transitions: { canceled_at: null, paid_at: it.status === 'paid' ? it.created : null },
});

/** What is left to pay: a credit stays with the customer. @param {any} it @returns {number} */
export const dueOf = (it) => Math.max(0, it.total);

/** @param {any} it @param {any} buyer @param {boolean} [withPayments] @returns {Invoice} */
export const invoice = (it, buyer, withPayments = false) => ({
  id: it.id, object: 'invoice', created: it.created, livemode, customer: it.customer, currency: it.currency,
  status: it.status, billing_reason: it.billing_reason, collection_method: 'charge_automatically',
  amount_due: dueOf(it), amount_paid: it.status === 'paid' ? dueOf(it) : 0, amount_overpaid: 0,
  amount_remaining: it.status === 'paid' ? 0 : dueOf(it), subtotal: it.subtotal, total: it.total,
  attempt_count: it.attempt_count, attempted: it.attempt_count > 0, auto_advance: it.status === 'draft' || it.status === 'open',
  next_payment_attempt: it.next_attempt, metadata: {}, number: null, description: null, period_start: it.created,
  period_end: it.created, customer_email: buyer?.email ?? null, customer_name: buyer?.name ?? null, customer_phone: null,
  customer_address: null, customer_shipping: null, hosted_invoice_url: 'https://invoice.stripe.invalid/x',
  invoice_pdf: 'https://invoice.stripe.invalid/x/pdf', total_taxes: [], total_discount_amounts: [],
  status_transitions: {
    finalized_at: it.finalized_at, paid_at: it.paid_at, voided_at: it.voided_at, marked_uncollectible_at: null,
  },
  parent: {
    type: 'subscription_details', quote_details: null,
    subscription_details: { subscription: it.subscription, metadata: it.metadata },
  },
  lines: listOf(it.lines.map((/** @type {any} */ one) => invoiceLine(one, it)), `/v1/invoices/${it.id}/lines`),
  ...(withPayments ? {
    payments: listOf(it.payments.map((/** @type {any} */ one) => invoicePayment(one, it)), '/v1/invoice_payments'),
  } : {}),
});

/** @param {any} it @returns {Refund} */
export const refund = (it) => ({
  id: it.id, object: 'refund', created: it.created, amount: it.amount, currency: it.currency, charge: it.charge,
  payment_intent: it.payment_intent, status: it.status, reason: it.reason, metadata: it.metadata, receipt_number: null,
  balance_transaction: it.balance_transaction, source_transfer_reversal: null, transfer_reversal: null,
  ...(it.failure_reason ? { failure_reason: it.failure_reason } : {}),
});

/** @param {any} it @returns {Dispute} */
export const dispute = (it) => ({
  id: it.id, object: 'dispute', created: it.created, livemode, amount: it.amount, currency: it.currency, charge: it.charge,
  payment_intent: it.payment_intent, reason: it.reason, status: it.status, metadata: {}, balance_transactions: [],
  is_charge_refundable: it.status.startsWith('warning'), evidence: { customer_name: it.details.name, customer_email_address: it.details.email },
  evidence_details: { due_by: it.created + 604800, has_evidence: false, past_due: false, submission_count: 0 },
});

/** @param {any} it @param {string} base @returns {PortalSession} */
export const portalSession = (it, base) => ({
  id: it.id, object: 'billing_portal.session', created: it.created, livemode, customer: it.customer,
  return_url: it.return_url, url: `${base}/portal/${it.id}`, configuration: 'bpc_stand_in', flow: null, locale: null, on_behalf_of: null,
});

/** @param {any} it @returns {BalanceTransaction} */
export const balanceTransaction = (it) => ({
  id: it.id, object: 'balance_transaction', created: it.created, available_on: it.created, amount: it.amount,
  currency: it.currency, fee: 0, fee_details: [], net: it.amount, type: it.type, source: it.source, status: 'available',
  reporting_category: it.type, description: null, exchange_rate: null,
});

/** @param {any} it @param {number} pending */
export const event = (it, pending) => ({
  id: it.id, object: 'event', api_version: it.api_version, created: it.created, livemode: it.livemode, pending_webhooks: pending,
  request: it.request, type: it.type,
  data: { object: it.object, ...(it.previous ? { previous_attributes: it.previous } : {}) },
});
