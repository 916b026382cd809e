/** What an endpoint of this service subscribes to. Everything else is in the list of events only. */
export const subscribed = [
  'checkout.session.completed', 'checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed',
  'checkout.session.expired', 'customer.subscription.created', 'customer.subscription.updated',
  'customer.subscription.deleted', 'customer.subscription.paused', 'customer.subscription.resumed',
  'customer.subscription.trial_will_end', 'customer.subscription.pending_update_applied',
  'customer.subscription.pending_update_expired', 'invoice.finalized', 'invoice.paid', 'invoice.payment_failed',
  'invoice.payment_action_required', 'invoice.finalization_failed', 'invoice.marked_uncollectible', 'invoice.voided',
  'invoice.overpaid', 'invoice_payment.paid', 'refund.created', 'refund.updated', 'refund.failed', 'charge.refunded',
  'charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed', 'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated', 'radar.early_fraud_warning.created', 'radar.early_fraud_warning.updated',
  'payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.processing', 'payment_intent.canceled',
  'customer.deleted',
];
