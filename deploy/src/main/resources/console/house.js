// The building itself: roofs, floors and the spire. What happens inside is in floors.js.

import { html } from './parts.js';

export function Defs() {
  return html`<svg class="defs" aria-hidden="true" width="0" height="0">
    <defs>
      <linearGradient id="tiles" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" class="roof-top" />
        <stop offset="1" class="roof-low" />
      </linearGradient>
      <pattern id="ribs" width="11" height="34" patternUnits="userSpaceOnUse">
        <path d="M5.500 4V28" class="rib" />
      </pattern>
      <pattern id="brackets" width="22" height="6" patternUnits="userSpaceOnUse">
        <path d="M7 0h8l-2.500 3v2h-3v-2z" class="bracket" />
      </pattern>
    </defs>
  </svg>`;
}

const CORNER = 'M96 3C74 4 52 21 20 21.500C11 21.500 5 17 1 9C1 20 8 29 24 30H96Z';
const EAVE = 'M1 9C1 20 8 29 24 30H96';
const RIDGE = 'M96 3C74 4 52 21 20 21.500C11 21.500 5 17 1 9';

function Corner() {
  return html`<path d=${CORNER} fill="url(#tiles)" /><path d=${RIDGE} class="ridge" /><path d=${EAVE} class="eave" />`;
}

export function Roof() {
  return html`<svg class="roof" height="36" aria-hidden="true">
    <svg x="0" width="96" height="36" overflow="visible"><${Corner} /></svg>
    <svg x="100%" width="96" height="36" overflow="visible"><g transform="scale(-1 1)"><${Corner} /></g></svg>
    <g class="span">
      <rect class="middle" y="3" height="27" fill="url(#tiles)" />
      <rect class="middle" y="3" height="27" fill="url(#ribs)" />
      <rect class="middle gold" y="2" height="2" />
      <rect class="middle dark" y="28.500" height="1.500" />
    </g>
    <rect class="under" y="30" height="6" fill="url(#brackets)" />
  </svg>`;
}

export function Spire() {
  return html`<svg class="spire" viewBox="0 0 60 56" width="60" height="56" aria-hidden="true">
    <path d="M30 0L31.500 14H28.500Z" class="gilt" />
    <circle cx="30" cy="15.500" r="3" class="gilt" />
    <path d="M27 20h6l1 3h-8zM26 25h8l1 3h-10zM25 30h10l1 3H24zM24 35h12l1 3H23z" class="gilt" />
    <path d="M22 40h16c1 6 6 10 13 12v4H9v-4c7-2 12-6 13-12z" fill="url(#tiles)" />
    <path d="M22 40h16" class="ridge" />
  </svg>`;
}

export function Floor({ level, name, area, children }) {
  return html`<section class="floor ${area}" aria-label="${name} floor">
    <${Roof} />
    <div class="walls">
      <h2 class="plaque"><span>${level}</span> ${name}</h2>
      <div class="rooms">${children}</div>
    </div>
  </section>`;
}
