/** A tree is described anew with each change; what is on the screen is made equal to it, node by node. */

const svgNames = 'http://www.w3.org/2000/svg';
const handlers = ['onclick', 'onchange', 'oninput', 'onsubmit', 'onkeydown', 'ontoggle'];

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (handlers.includes(name)) node[name] = value;
    else node.setAttribute(name === 'key' ? 'data-key' : name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity))
    if (child !== undefined && child !== null && child !== false)
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  return node;
}

/** An element: h('a', { href: '#/', key: 'x' }, 'text', …). `key` tells brothers apart. */
export const h = (name, props, ...children) => fill(document.createElement(name), props, children);
export const s = (name, props, ...children) => fill(document.createElementNS(svgNames, name), props, children);

const keyOf = (node) => node.nodeType === Node.ELEMENT_NODE ? node.getAttribute('data-key') : null;
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function sameAttributes(from, to) {
  for (const { name, value } of to.attributes)
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !(name === 'open' && from.nodeName === 'DETAILS')) from.removeAttribute(name);
  for (const name of handlers) if (from[name] !== to[name]) from[name] = to[name];
}

function makeEqual(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  sameAttributes(from, to);
  makeChildrenEqual(from, to);
  // Once a person has chosen, the attributes of the options no longer decide.
  const value = from.nodeName === 'SELECT' ? to.getAttribute('value') : null;
  if (value !== null && from.value !== value && document.activeElement !== from) from.value = value;
}

function makeChildrenEqual(from, to) {
  const keyed = new Map([...from.childNodes].filter((node) => keyOf(node) !== null).map((node) => [keyOf(node), node]));
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = keyOf(wanted);
    const found = key === null ? (at && keyOf(at) === null && alike(at, wanted) ? at : null)
      : keyed.has(key) && alike(keyed.get(key), wanted) ? keyed.get(key) : null;
    if (!found) {
      from.insertBefore(wanted, at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else from.insertBefore(found, at);
    makeEqual(found, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Makes the children of `place` what `nodes` are, keeping focus, selection and scroll where nothing changed. */
export function show(place, ...nodes) {
  const wanted = place.cloneNode(false);
  wanted.append(...nodes.flat(Infinity).filter((one) => one !== undefined && one !== null && one !== false));
  makeChildrenEqual(place, wanted);
}
