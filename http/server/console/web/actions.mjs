/** What an operator may do. The server says first what it would touch; only that very thing is then done. */
import { send, session } from './api.mjs';
import { h, show } from './dom.mjs';

const dialog = () => document.getElementById('action');

/** Asks for a preview, then for a reason, and does it. `fields` names the target. */
async function ask(title, name, fields) {
  const place = dialog();
  const path = `/api/actions/${name}`;
  const draw = (...content) => show(place, h('h2', { id: 'action-title' }, title), ...content);
  const close = h('form', { method: 'dialog', key: 'close' }, h('button', { class: 'strong' }, 'Close'));
  const say = (text, tone) => draw(h('p', { class: tone, role: 'status' }, text), close);

  const preview = async (note) => {
    const found = await send('POST', path, fields, [409]);
    const effects = h('ul', { class: 'effects' }, found.effects.map((text) => h('li', {}, text)));
    if (found.outcome !== 'previewed') return draw(effects, close);
    const submit = async (event) => {
      event.preventDefault();
      const reason = new FormData(event.currentTarget).get('reason').trim();
      try {
        const done = await send('POST', path, { ...fields, reason, stamp: found.stamp }, [409]);
        if (done.outcome === 'changed') return await preview('Meanwhile something has changed. This is what it would do now:');
        say('Done, and recorded in the audit.', 'good');
      } catch (error) {
        say(error.message, 'bad');
      }
      return undefined;
    };
    return draw(note ? h('p', { class: 'warm', role: 'status' }, note) : null, effects,
      h('form', { onsubmit: submit, key: 'do' },
        h('label', { for: 'reason' }, 'Reason, for the audit'), h('input', { id: 'reason', name: 'reason', required: true, maxlength: 200, autocomplete: 'off' }),
        h('div', { class: 'choices' }, h('button', { type: 'button', class: 'quiet', onclick: () => place.close() }, 'Leave it'),
          h('button', { type: 'submit', class: 'strong danger' }, title))));
  };

  draw(h('p', { class: 'soft' }, 'Looking what it would touch …'));
  place.showModal();
  try {
    await preview();
  } catch (error) {
    say(error.message, 'bad');
  }
}

/** A button for those who may; nothing for the others. */
export function action(title, name, fields, role = 'operator') {
  if (!session.may(role)) return null;
  return h('button', { type: 'button', class: 'act', key: name, onclick: () => ask(title, name, fields) }, title);
}
