import { randomBytes } from 'node:crypto';
import http from 'node:http';
import Stripe from 'stripe';
import { atExit } from './scratch.mjs';

const address = { city: 1, country: 1, line1: 1, line2: 1, postal_code: 1, state: 1 };
const contact = { name: 1, email: 1, phone: 1, address };
const taxIds = [{ type: 'eu_vat', value: 1 }];
const card = {
  type: 'card',
  card: { brand: 1, last4: 1, fingerprint: 1, iin: 1, issuer: 1, country: 1, exp_month: 1, exp_year: 1, network_transaction_id: 1 },
};
const theirs = { metadata: { note: 1 } }; // what others of the account put beside our marks

/** What Stripe's objects hold of a person, by kind; each 1 becomes a marker of its own. */
const templates = {
  'checkout.session': {
    ...theirs, customer_email: 1, client_secret: 1, payment_method_configuration_details: { id: 1 },
    customer_details: { ...contact, individual_name: 1, business_name: 1, tax_ids: taxIds },
    collected_information: { business_name: 1, individual_name: 1, shipping_details: { name: 1, address } },
    custom_fields: [{ key: 'k', text: { value: 1 } }], after_expiration: { recovery: { url: 1 } },
  },
  subscription: {
    ...theirs, description: 1, cancellation_details: { comment: 1, feedback: 1 }, invoice_settings: { account_tax_ids: [1] },
    default_payment_method: { id: 1, billing_details: contact, ...card }, items: { data: [{ metadata: { note: 1 } }] },
  },
  invoice: {
    ...theirs, customer_email: 1, customer_name: 1, customer_phone: 1, customer_address: address, account_name: 1,
    customer_shipping: { name: 1, phone: 1, address }, customer_tax_ids: taxIds, hosted_invoice_url: 1, invoice_pdf: 1,
    description: 1, footer: 1, number: 1, receipt_number: 1, statement_descriptor: 1, custom_fields: [{ name: 1, value: 1 }],
    confirmation_secret: { client_secret: 1 }, last_finalization_error: { message: 1, payment_method: { billing_details: contact } },
    lines: { data: [{ description: 1, metadata: { note: 1 } }] },
  },
  invoice_payment: { ...theirs, payment: { note: 1 } },
  payment_intent: {
    ...theirs, receipt_email: 1, description: 1, client_secret: 1, statement_descriptor: 1, next_action: { redirect_to_url: { url: 1 } },
    shipping: { ...contact, tracking_number: 1 },
    last_payment_error: { message: 1, payment_method: { billing_details: { ...contact, tax_id: 1 }, ...card } },
  },
  charge: {
    ...theirs, billing_details: { ...contact, tax_id: 1 }, payment_method_details: card, receipt_email: 1, receipt_url: 1,
    receipt_number: 1, description: 1, calculated_statement_descriptor: 1, shipping: contact, outcome: { seller_message: 1 },
    fraud_details: { user_report: 1 }, failure_message: 1,
  },
  refund: {
    ...theirs, description: 1, instructions_email: 1, receipt_number: 1, failure_reason: 1,
    destination_details: { type: 'card', card: { reference: 1 } },
  },
  dispute: {
    ...theirs, payment_method_details: card,
    evidence: {
      customer_name: 1, customer_email_address: 1, customer_purchase_ip: 1, billing_address: 1, shipping_address: 1,
      customer_communication: 1, customer_signature: 1, receipt: 1, product_description: 1, uncategorized_text: 1,
    },
  },
  customer: {
    ...theirs, ...contact, individual_name: 1, business_name: 1, description: 1, shipping: contact, tax_ids: { data: taxIds },
    default_source: { last4: 1, fingerprint: 1 }, invoice_settings: { custom_fields: [{ name: 1, value: 1 }], footer: 1 },
    tax: { ip_address: 1 },
  },
  'radar.early_fraud_warning': { ...theirs, note: 1 },
};
export const kinds = Object.keys(templates);

const isTable = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Markers that are found again: each names the field that it stood in. */
export class Markers {
  prefix = `canary${randomBytes(8).toString('hex')}x`;
  fields = []; // by number
  #numbers = new Map();

  make(field) {
    if (!this.#numbers.has(field)) this.#numbers.set(field, this.fields.push(field) - 1);
    return `${this.prefix}${this.#numbers.get(field)}z`;
  }

  #over(value, template, path) {
    if (template === 1) return this.make(path);
    if (Array.isArray(template)) {
      const items = Array.isArray(value) ? value : [undefined];
      return items.map((one) => this.#over(one, template[0], path));
    }
    if (!isTable(template)) return template;
    const out = isTable(value) ? { ...value } : {};
    for (const [name, inner] of Object.entries(template)) out[name] = this.#over(out[name], inner, `${path}.${name}`);
    return out;
  }

  /** `value` with every personal field of every object in it filled. What we read is left as it is. */
  fill(value) {
    if (Array.isArray(value)) return value.map((one) => this.fill(one));
    if (!isTable(value)) return value;
    const out = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.fill(inner)]));
    const kind = value.object === 'event' && value.data?.object?.object;
    if (templates[kind]) out.data.previous_attributes = this.#over(out.data.previous_attributes, templates[kind], `previous ${kind}`);
    const template = templates[value.object];
    return template ? this.#over(out, template, value.object) : out;
  }

  /** The fields whose markers are in these bytes or this text. */
  in(bytes) {
    const found = new Set();
    for (let at = bytes.indexOf(this.prefix); at >= 0; at = bytes.indexOf(this.prefix, at + 1)) {
      const rest = bytes.subarray?.(at + this.prefix.length, at + this.prefix.length + 8).toString('latin1')
        ?? bytes.slice(at + this.prefix.length, at + this.prefix.length + 8);
      found.add(this.fields[parseInt(rest, 10)] ?? 'cut off');
    }
    return [...found];
  }
}

/**
 * Stands between the server and the stand-in for Stripe, both ways: fills what Stripe answers, and what it delivers,
 * which it signs anew.
 */
export class FillingRelay {
  static async start(markers, standIn, webhookUrl) {
    const relay = new FillingRelay();
    relay.filled = { answers: 0, deliveries: 0 };
    relay.server = http.createServer((request, response) => relay.#pass(markers, standIn, webhookUrl, request, response)
      .catch((error) => { relay.error ??= error; request.socket.destroy(); }));
    await new Promise((resolve) => { relay.server.listen(0, '127.0.0.1', resolve); });
    relay.server.unref();
    atExit(() => relay.server.closeAllConnections());
    relay.url = `http://127.0.0.1:${relay.server.address().port}`;
    return relay;
  }

  async #pass(markers, standIn, webhookUrl, request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const given = Buffer.concat(parts);
    const isDelivery = request.url === '/deliver';
    const body = isDelivery ? JSON.stringify(markers.fill(JSON.parse(given))) : given;
    const headers = isDelivery ? { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signed(body, standIn.webhookSecret) }
      : Object.fromEntries(['authorization', 'content-type', 'stripe-version', 'idempotency-key']
        .filter((name) => request.headers[name]).map((name) => [name, request.headers[name]]));
    const answer = await fetch(isDelivery ? webhookUrl : standIn.url + request.url,
      { method: request.method, headers, body: request.method === 'POST' ? body : undefined });
    const text = await answer.text();
    ++this.filled[isDelivery ? 'deliveries' : 'answers'];
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(isDelivery ? text : JSON.stringify(markers.fill(JSON.parse(text))));
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}

const library = new Stripe('sk_test_unused');
/** The header that Stripe's own library makes. */
export const signed = (payload, secret) => library.webhooks.generateTestHeaderString({ payload, secret });
