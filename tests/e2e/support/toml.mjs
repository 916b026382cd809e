const isTable = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTableList = (value) => Array.isArray(value) && value.length > 0 && value.every(isTable);
const key = (name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));
const path = (names) => names.map(key).join('.');

function write(table, names, lines) {
  for (const [name, value] of Object.entries(table))
    if (!isTable(value) && !isTableList(value)) lines.push(`${key(name)} = ${JSON.stringify(value)}`);
  for (const [name, value] of Object.entries(table)) {
    const here = [...names, name];
    if (isTable(value)) {
      lines.push('', `[${path(here)}]`);
      write(value, here, lines);
    } else if (isTableList(value)) {
      for (const item of value) {
        lines.push('', `[[${path(here)}]]`);
        write(item, here, lines);
      }
    }
  }
}

/** TOML of a plain object; its strings, numbers and lists are written as in JSON, which TOML shares. */
export function toToml(settings) {
  const lines = [];
  write(settings, [], lines);
  return `${lines.join('\n')}\n`;
}

/** `over` laid over `base`: tables are merged, everything else is replaced. */
export function merged(base, over = {}) {
  const out = { ...base };
  for (const [name, value] of Object.entries(over))
    out[name] = isTable(value) && isTable(base[name]) ? merged(base[name], value) : value;
  return out;
}
