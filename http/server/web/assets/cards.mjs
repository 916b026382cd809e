/** One generation as a card: what it is waiting for, its pictures, and what can be done with it. */

import { stamp, tell } from './dom.mjs';
import { has, text, timeSpan } from './texts.mjs';

const dayLength = 86_400_000;

export const hasEnded = (generation) => generation.ended_at !== null;

export function sizeText(size) {
  const [width, height] = size.split('x').map(Number);
  if (!width || !height) return text('size.auto');
  const shape = width === height ? 'square' : width > height ? 'landscape' : 'portrait';
  return text(`size.${shape}`, { width: String(width), height: String(height) });
}

/** The operator names the qualities; the usual ones have a word in each language. */
export const qualityText = (quality) => (has(`quality.${quality}`) ? text(`quality.${quality}`) : quality);

/** What the generation is doing, in a few words. */
export function stateText(generation) {
  const { state, queue_position: position, estimated_wait_seconds: wait } = generation;
  if (state === 'completed') return text('state.completed', { count: generation.images.length });
  if (state !== 'queued' || position === null || position === undefined) return text(`state.${state}`);
  const place = position === 0 ? text('state.queued_next') : text('state.queued_at', { count: position });
  return wait ? `${place}, ${text('state.queued_time', { time: timeSpan(wait) })}` : place;
}

function daysText(generation) {
  const left = new Date(generation.expires_at) - Date.now();
  if (left <= 0) return text('pictures.expired');
  return left < dayLength ? text('pictures.last_day') : text('pictures.days', { count: Math.ceil(left / dayLength) });
}

function resultText(generation) {
  if (generation.failure) return text(`failure.${generation.failure}`);
  const [count, wanted] = [generation.images.length, generation.n];
  return hasEnded(generation) && count > 0 && count < wanted ? text('state.partial', { count, wanted }) : '';
}

export class Card {
  #previews = new Map(); // by image: an object URL of the newest preview

  /** @param actions `look(image, prompt)`, `reuse(generation)`, `remove(card)` */
  constructor(generation, actions) {
    Object.assign(this, stamp('card'));
    this.actions = actions;
    this.id = generation.id;
    this.parts.prompt.id = `prompt-${generation.id}`;
    this.element.firstElementChild.setAttribute('aria-labelledby', this.parts.prompt.id);
    this.parts.reuse.addEventListener('click', () => actions.reuse(this.generation));
    this.parts.remove.addEventListener('click', () => actions.remove(this));
    this.show(generation);
  }

  show(generation) {
    const { parts } = this;
    this.generation = { ...this.generation, ...generation };
    const shown = this.generation;
    const ended = hasEnded(shown);
    parts.prompt.textContent = shown.prompt;
    parts.state.textContent = stateText(shown);
    parts.progress.hidden = ended;
    parts.progress.setAttribute('aria-label', parts.state.textContent);
    parts.meta.textContent = [sizeText(shown.size), qualityText(shown.quality),
      text('credits.count', { count: ended ? shown.charged : shown.price.total })].join(' · ');
    parts.state.hidden = shown.state === 'completed';
    tell(parts.days, ended ? daysText(shown) : '');
    parts.remove.textContent = text(ended ? 'pictures.remove' : 'pictures.cancel');
    this.element.firstElementChild.classList.toggle('ended-badly', ended && shown.images.length === 0);
    tell(parts.problem, resultText(shown));
    this.#fillFrame();
  }

  /** An image was stored while others are still in work. */
  add(image) {
    if (this.generation.images.some((one) => one.index === image.index)) return;
    this.show({ images: [...this.generation.images, image].sort((a, b) => a.index - b.index) });
  }

  preview(index, base64) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    URL.revokeObjectURL(this.#previews.get(index));
    this.#previews.set(index, URL.createObjectURL(new Blob([bytes])));
    this.#fillFrame();
  }

  #fillFrame() {
    const { images, n, prompt } = this.generation;
    const places = Array.from({ length: hasEnded(this.generation) ? images.length : n }, (_, i) => i);
    const content = places.map((place) => {
      const image = hasEnded(this.generation) ? images[place] : images.find((one) => one.index === place);
      return image ? this.#picture(image, prompt) : this.#waiting(place);
    });
    const { frame } = this.parts;
    frame.className = `frame${content.length > 4 ? ' many' : content.length > 1 ? ' some' : ''}`;
    frame.replaceChildren(...content);
    frame.hidden = content.length === 0;
    if (hasEnded(this.generation)) this.close();
  }

  #picture(image, prompt) {
    const { element, parts } = stamp('picture');
    const values = { count: image.index + 1, prompt };
    Object.assign(parts.image, {
      src: image.url, width: image.width, height: image.height, alt: text('pictures.alt', values),
    });
    parts.look.setAttribute('aria-label', text('pictures.look', values));
    parts.look.addEventListener('click', () => this.actions.look(image, prompt));
    parts.download.href = image.url;
    parts.download.download = `${this.id}-${image.index}.${image.output_format}`;
    parts.download.setAttribute('aria-label', text('pictures.download_one', values));
    return element;
  }

  #waiting(place) {
    const image = document.createElement('img');
    image.alt = '';
    if (this.#previews.has(place)) image.src = this.#previews.get(place);
    else Object.assign(image, { src: new URL('./empty.svg', import.meta.url).href, className: 'mute' });
    return image;
  }

  /** Gives back the memory of the previews. */
  close() {
    for (const url of this.#previews.values()) URL.revokeObjectURL(url);
    this.#previews.clear();
  }
}
