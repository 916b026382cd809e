/** What an operator may do. The server says first what it would touch; only that very thing is then done. */
import { send, session } from './api.mjs';
import { h, show } from './dom.mjs';

const dialog = () => document.getElementById('action');

/** Shows what was revealed for as long as it may be seen, or until the dialog is closed; then it is nowhere any more. */
function reveal(place, title, revealed) {
  const gone = (text) => show(place, h('h2', { id: 'action-title' }, title), h('p', { class: 'soft', role: 'status' }, text),
    h('form', { method: 'dialog', key: 'close' }, h('button', { class: 'strong' }, 'Close')));
  const until = Date.now() + revealed.hide_after_ms;
  show(place, h('h2', { id: 'action-title' }, title), h('blockquote', { class: 'revealed', tabindex: '0' }, revealed.prompt),
    h('p', { class: 'soft', key: 'left' }), h('form', { method: 'dialog', key: 'close' }, h('button', { class: 'strong' }, 'Hide it')));
  const left = () => show(place.querySelector('[data-key=left]'), document.createTextNode(`Shown for another ${Math.max(0, Math.ceil((until - Date.now()) / 1000))} s.`));
  left();
  const ticks = setInterval(() => { if (Date.now() < until) left(); else end('Its time is over; it is not shown any more.'); }, 250);
  const end = (text) => {
    clearInterval(ticks);
    place.removeEventListener('close', closed);
    gone(text);
  };
  const closed = () => end('It is not shown any more.');
  place.addEventListener('close', closed);
}

const input = (one) => [h('label', { for: `ask-${one.name}`, key: `label-${one.name}` }, one.label),
  one.options ? h('select', { id: `ask-${one.name}`, name: one.name, key: one.name }, one.options.map((text) => h('option', { value: text }, text)))
    : h('input', { id: `ask-${one.name}`, name: one.name, key: one.name, type: one.type ?? 'text', value: one.value ?? '', min: one.min, max: one.max, maxlength: one.longest, required: one.optional ? null : true, autocomplete: 'off' })];

/** What has to be known before there is anything to preview: `inputs` are { name, label, type, options, value, min, max, longest, optional }. */
function askFirst(title, name, fields, inputs) {
  const place = dialog();
  const submit = (event) => {
    event.preventDefault();
    const told = new FormData(event.currentTarget);
    const more = inputs.map((one) => [one.name, told.get(one.name).trim()]).filter(([, value]) => value !== '')
      .map(([key, value]) => [key, inputs.find((one) => one.name === key).type === 'number' ? Number(value) : value]);
    ask(title, name, { ...fields, ...Object.fromEntries(more) });
  };
  show(place, h('h2', { id: 'action-title' }, title), h('form', { onsubmit: submit, key: 'first' }, inputs.map(input),
    h('div', { class: 'choices' }, h('button', { type: 'button', class: 'quiet', onclick: () => place.close() }, 'Leave it'),
      h('button', { type: 'submit', class: 'strong' }, 'Preview'))));
  place.showModal();
}

let latest = 0; // the action that the dialog is about

/** Asks for a preview, then for a reason, and does it. `fields` names the target. */
async function ask(title, name, fields) {
  const place = dialog();
  const mine = ++latest;
  // What comes once the dialog was closed, or is about something else, has no place in the page.
  const isShown = () => mine === latest && place.open;
  const path = `/api/actions/${name}`;
  const draw = (...content) => { if (isShown()) show(place, h('h2', { id: 'action-title' }, title), ...content); };
  const close = h('form', { method: 'dialog', key: 'close' }, h('button', { class: 'strong' }, 'Close'));
  const say = (text, tone) => draw(h('p', { class: tone, role: 'status' }, text), close);

  const preview = async (note) => {
    const found = await send('POST', path, fields, [409]);
    const effects = h('ul', { class: 'effects' }, found.effects.map((text) => h('li', {}, text)));
    if (found.outcome !== 'previewed') return draw(effects, close);
    let sent = false;
    const submit = async (event) => {
      event.preventDefault();
      if (sent) return; // a second click does nothing twice
      sent = true;
      const reason = new FormData(event.currentTarget).get('reason').trim();
      try {
        const done = await send('POST', path, { ...fields, reason, stamp: found.stamp }, [409]);
        if (done.outcome === 'changed') return await preview('Meanwhile something has changed. This is what it would do now:');
        if (done.revealed) return isShown() ? reveal(place, title, done.revealed) : undefined;
        const told = done.effects.slice(found.effects.length);
        draw(h('p', { class: 'good', role: 'status' }, 'Done, and recorded in the audit.'),
          told.length ? h('ul', { class: 'effects' }, told.map((text) => h('li', {}, text))) : null, close);
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

  show(place, h('h2', { id: 'action-title' }, title), h('p', { class: 'soft' }, 'Looking what it would touch …'));
  if (!place.open) place.showModal();
  try {
    await preview();
  } catch (error) {
    say(error.message, 'bad');
  }
}

/** A button for those who may; nothing for the others. With `inputs`, it asks for them before it previews. */
export function action(title, name, fields, role = 'operator', inputs = null) {
  if (!session.may(role)) return null;
  return h('button', { type: 'button', class: 'act', key: name, onclick: () => inputs ? askFirst(title, name, fields, inputs) : ask(title, name, fields) }, title);
}
