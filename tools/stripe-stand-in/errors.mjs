/** What the API refuses, in Stripe's envelope. */
export class ApiError extends Error {
  constructor(status, type, message, more = {}) {
    super(message);
    Object.assign(this, { status, type, more });
  }

  get body() { return { error: { type: this.type, message: this.message, ...this.more } }; }
}

export const invalid = (param, message, code) =>
  new ApiError(400, 'invalid_request_error', message, { param, ...(code ? { code } : {}) });
export const missing = (param) => invalid(param, `Missing required param: ${param}.`, 'parameter_missing');
export const notFound = (what, id) =>
  new ApiError(404, 'invalid_request_error', `No such ${what}: '${id}'`, { code: 'resource_missing', param: 'id' });
