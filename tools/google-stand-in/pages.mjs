/** The stand-in's own pages. Each says what it is. */

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text).replace(/[&<>"']/g, (one) => entities[one]);

const style = `
  body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; color-scheme: light dark; }
  .mark { padding: .75rem 1rem; background: #7a4b00; color: #fff; text-align: center; font-weight: 600; }
  main { max-width: 30rem; margin: 2rem auto; padding: 0 1rem; display: grid; gap: .75rem; }
  h1 { font-size: 1.4rem; margin: 0; }
  form { display: grid; gap: .5rem; }
  button { font: inherit; text-align: left; padding: .7rem 1rem; border: 1px solid GrayText; border-radius: .5rem; background: Canvas; color: CanvasText; cursor: pointer; overflow-wrap: anywhere; }
  button:hover, button:focus-visible { outline: 3px solid Highlight; }
  small { display: block; }
`;

const page = (title, main) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><style>${style}</style></head>
<body><div class="mark">This is not Google. It is a stand-in for development on this machine.</div><main>${main}</main></body>
</html>
`;

const choice = (person) => `<button name="sub" value="${escape(person.sub)}">${escape(person.name ?? person.email)}
  <small>${escape(person.email)}${person.note ? `, ${escape(person.note)}` : ''}</small></button>`;

export const choosePage = (people, clientId) => page('Choose a person', `
<h1>Who signs in?</h1>
<p><code>${escape(clientId)}</code> asks for your name and e-mail address.</p>
<form method="post">${people.map(choice).join('\n')}</form>
<form method="post"><button name="deny" value="yes">Cancel: nobody signs in</button></form>`);

export const errorPage = (error, description) => page('Refused', `
<h1>Refused</h1><p><code>${escape(error)}</code>: ${escape(description)}</p>`);
