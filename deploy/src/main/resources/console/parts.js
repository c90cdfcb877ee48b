// Small pieces that every floor uses.

import { h } from './vendor/preact.mjs';
import htm from './vendor/htm.mjs';

export const html = htm.bind(h);

const COLOURS = 8;
const given = new Map();

// The colour class of a model, the same all over the page for as long as it is open.
export function tint(model) {
  if (!given.has(model)) given.set(model, given.size % COLOURS);
  return `tint-${given.get(model)}`;
}

// Model names as people say them: the part after the owner.
export function short(model) {
  return model.slice(model.lastIndexOf('/') + 1);
}

export function Chip({ model }) {
  return html`<i class="chip ${tint(model)}" aria-hidden="true"></i>`;
}

export function Stat({ value, label, alarm }) {
  return html`<div class="stat ${alarm ? 'alarm' : ''}"><b class="number">${value}</b><span>${label}</span></div>`;
}

// One module's room on a floor; `ready` is false while the module says nothing.
export function Room({ name, about, ready, children, area }) {
  return html`<section class="room ${area}" aria-label=${name}>
    <header>
      <i class="lamp ${ready ? 'on' : ''}" aria-hidden="true"></i>
      <h3>${name}</h3>
      <p>${ready ? about : 'is starting'}</p>
    </header>
    ${ready ? children : html`<p class="empty">Nothing to see yet.</p>`}
  </section>`;
}

export function Empty({ children }) {
  return html`<p class="empty">${children}</p>`;
}

// Rows cut to `most`, with a last line that counts the others.
export function Rows({ rows, most, more = 0, noun, row, label }) {
  const rest = Math.max(0, rows.length - most) + more;
  const shown = rest > 0 ? rows.slice(0, most - 1) : rows;
  const others = rest > 0 ? rows.length - shown.length + more : 0;
  return html`<ul class="rows" aria-label=${label}>
    ${shown.map(row)}
    ${others > 0 && html`<li class="others">and ${others} more ${noun}</li>`}
  </ul>`;
}
