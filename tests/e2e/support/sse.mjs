/** The events of a text/event-stream answer, each {id, event, data}; comments are counted in `comments`. */
export async function* events(answer, comments = []) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of answer.body) {
    text += decoder.decode(part, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const found = parse(text.slice(0, end), comments);
      text = text.slice(end + 2);
      if (found) yield found;
    }
  }
}

function parse(frame, comments) {
  const found = { id: null, event: 'message', data: '' };
  let any = false;
  for (const line of frame.split('\n')) {
    if (line.startsWith(':')) {
      comments.push(line);
      continue;
    }
    const [, name, value] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
    if (name in found) {
      found[name] = name === 'data' ? found.data + value : value;
      any = true;
    }
  }
  return any && { ...found, data: JSON.parse(found.data) };
}
