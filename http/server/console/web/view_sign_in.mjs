import { session } from './api.mjs';
import { h } from './dom.mjs';

let withToken = false;

/** A form for people, and one for whoever holds the server's token. */
export function signIn({ fault, again, signedIn }) {
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      if (withToken) await session.beginWithToken(form.get('token').trim());
      else await session.begin(form.get('name').trim(), form.get('password'), form.get('code').trim());
      signedIn();
    } catch (error) {
      again(error.status ? error.message : 'The server does not answer.');
    }
  };
  const other = h('button', { type: 'button', class: 'quiet', onclick: () => { withToken = !withToken; again(null); } },
    withToken ? 'With name and password instead' : 'With the server’s token instead');
  const input = (id, label, props) => [h('label', { for: id, key: `label-${id}` }, label), h('input', { id, name: id, key: id, ...props })];
  const described = fault ? { 'aria-describedby': 'fault' } : {};
  return h('form', { class: 'panel sign-in', onsubmit: submit, key: withToken ? 'token' : 'person' },
    h('h1', {}, 'Sign in'),
    withToken
      ? [h('p', { class: 'soft' }, h('code', {}, 'operator.token'), ' of the configuration. It stays in this tab and goes with it.'),
        input('token', 'Operator’s token', { type: 'password', autocomplete: 'off', required: true, ...described })]
      : [h('p', { class: 'soft' }, 'For operators of this server: ', h('code', {}, 'easelctl operator add'), ' makes an account.'),
        input('name', 'Name', { type: 'text', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, ...described }),
        input('password', 'Password', { type: 'password', autocomplete: 'current-password', required: true }),
        input('code', 'One-time code, if you have an authenticator', { type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 6 })],
    fault ? h('p', { id: 'fault', class: 'bad', role: 'alert' }, fault) : null,
    h('button', { type: 'submit', class: 'strong' }, 'Sign in'), other);
}
