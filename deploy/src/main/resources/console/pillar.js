// The governance pillar: money and usage of the day, and the requests that just ended.

import { Chart } from './chart.js';
import { ago, clock, count, duration, money, plural } from './format.js';
import { Chip, Empty, html, Rows, short } from './parts.js';

export function Pillar({ governance, latest, now, series, at }) {
  const tenants = governance ? [...governance.tenants].sort((a, b) => b.costNanos - a.costNanos || a.name.localeCompare(b.name)) : [];
  const dearest = Math.max(1, ...tenants.map((tenant) => tenant.costNanos));
  return html`<aside class="pillar" aria-label="governance">
    <div class="capital" aria-hidden="true"></div>
    <div class="shaft">
      <header><i class="lamp ${governance ? 'on' : ''}" aria-hidden="true"></i><h2>governance</h2><p>${governance ? 'the pillar' : 'is starting'}</p></header>
      ${governance
        ? html`<div class="purse">
              <div><b class="number">${money(governance.costNanos)}</b><span>today, ${plural(governance.requests, 'request')}</span></div>
              <${Chart} spark at=${at} floor=${1} format=${money} lines=${[{ label: 'money per second', colour: '--line-c', values: series.rates('cost', 10) }]} label="money per second over the last five minutes" />
            </div>
            <h4>By tenant</h4>
            ${tenants.length === 0
              ? html`<${Empty}>Nobody has asked for anything today.</${Empty}>`
              : html`<${Rows} label="money today by tenant" noun="tenants" most=${5} more=${governance.moreTenants} rows=${tenants} row=${(tenant) => html`<li key=${tenant.name} class="bar gold" style=${{ '--share': `${Math.max(1, Math.round((tenant.costNanos / dearest) * 100))}%` }}>
                    <span class="name">${tenant.name}</span>
                    <span class="side"><b>${money(tenant.costNanos)}</b> ${count(tenant.tokens)} tok</span>
                  </li>`} />`}`
        : html`<${Empty}>Nothing to see yet.</${Empty}>`}
      <h4>Latest requests</h4>
      ${latest.length === 0
        ? html`<${Empty}>None yet.</${Empty}>`
        : html`<ol class="latest" aria-label="latest requests">${latest.slice(0, 18).map((request, i) => html`<${Served} key=${`${request.atMillis}/${i}`} request=${request} now=${now} />`)}</ol>`}
    </div>
    <div class="base" aria-hidden="true"></div>
  </aside>`;
}

function Served({ request, now }) {
  const bad = request.outcome !== 'completed';
  const tokens = `${count(request.promptTokens)}${request.completionTokens > 0 ? ` → ${count(request.completionTokens)}` : ''} tok`;
  const time = request.firstTokenMillis == null ? duration(request.totalMillis) : `first after ${duration(request.firstTokenMillis)}`;
  return html`<li class=${bad ? 'bad' : ''} title=${`${clock(request.atMillis)} ${request.tenant} ${request.model} ${request.outcome} in ${duration(request.totalMillis)}`}>
    <div><${Chip} model=${request.model} /><span class="name">${short(request.model)}</span><b class="side">${bad ? request.outcome : money(request.costNanos)}</b></div>
    <div class="fine"><span>${tokens}</span><span>${time}</span><time class="side">${ago(now - request.atMillis)}</time></div>
  </li>`;
}
