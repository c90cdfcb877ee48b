// What each floor is doing.

import { Chart, Trend } from './chart.js';
import { bytes, count, plural, rate } from './format.js';
import { Chip, Empty, html, Room, Rows, short, Stat, tint } from './parts.js';

export function WorkflowRoom({ workflows, series, at }) {
  return html`<${Room} name="agent-workflow" area="workflow" ready=${workflows != null} about="graphs, agents and what they know">
    ${workflows &&
    html`<div class="split three">
      <div class="stats">
        <${Stat} value=${count(workflows.runningRuns)} label=${workflows.runningRuns === 1 ? 'running workflow' : 'running workflows'} />
        <${Stat} value=${count(workflows.finishedToday)} label=${workflows.failedToday > 0 ? `finished today, ${count(workflows.failedToday)} failed` : 'finished today'} />
        <${Stat} value=${count(workflows.openTickets)} label=${workflows.openTickets === 1 ? 'open ticket' : 'open tickets'} />
      </div>
      <${Trend} at=${at} lines=${[{ label: 'runs', colour: '--line-d', values: perMinute(series.rates('runs', 10)) }]} now=${perMinute([series.rates('runs', 10).at(-1)])[0]} unit="runs/min" floor=${4} format=${rate} label="workflow runs finished per minute over the last five minutes" />
      <div>
        <h4>Knowledge bases</h4>
        ${workflows.bases.length > 0
          ? html`<${Rows} label="knowledge bases" noun="knowledge bases" most=${4} more=${workflows.moreBases} rows=${workflows.bases} row=${(base, i) => html`<li key=${i}>
                <span class="name">${base.name}</span>
                <span class="side">${base.ingesting ? 'ingesting' : plural(base.documents, 'doc')} · ${plural(base.chunks, 'chunk')}</span>
              </li>`} />`
          : html`<${Empty}>None yet. <code>./pagoda demo</code> makes two.</${Empty}>`}
      </div>
    </div>`}
  </${Room}>`;
}

function perMinute(rates) {
  return rates.map((value) => (value == null ? null : value * 60));
}

export function GatewayRoom({ gateway, series, at }) {
  const deployments = gateway ? busiest(gateway.deployments, 7) : [];
  const others = gateway ? gateway.deployments.length - deployments.length + gateway.moreDeployments : 0;
  return html`<${Room} name="inference-gateway" area="gateway" ready=${gateway != null} about="one API for every model">
    ${gateway &&
    html`<div class="split serving">
      <div class="trends">
        <${Trend} at=${at} lines=${[{ label: 'requests', colour: '--line-a', values: series.rates('requests') }]} now=${series.rate('requests')} unit="requests/s" format=${rate} label="requests per second over the last five minutes" extra=${`${count(gateway.requests)} in all`} />
        <${Trend} at=${at} lines=${[{ label: 'tokens', colour: '--line-b', values: sum(series.rates('promptTokens'), series.rates('completionTokens')) }]} now=${series.rate('promptTokens', 'completionTokens')} unit="tokens/s" floor=${10} format=${rate} label="prompt and completion tokens per second over the last five minutes" extra=${`${count(gateway.promptTokens)} in, ${count(gateway.completionTokens)} out`} />
      </div>
      <div class="deployments">
        <div class="stats row">
          <${Stat} value=${count(gateway.running)} label="in flight" />
          <${Stat} value=${count(gateway.queued)} label="queued" />
          <${Stat} value=${count(gateway.refused)} label="refused" />
        </div>
        ${deployments.length === 0
          ? html`<${Empty}>No model is deployed yet.</${Empty}>`
          : html`<table>
              <caption class="unseen">Deployments</caption>
              <thead>
                <tr><th scope="col">Model</th><th scope="col">Replicas</th><th scope="col" class="n">Running</th><th scope="col" class="n">Queue</th></tr>
              </thead>
              <tbody>${deployments.map((d) => html`<${DeploymentRow} key=${d.model} deployment=${d} />`)}</tbody>
            </table>
            ${others > 0 && html`<p class="others">and ${others} more models</p>`}`}
      </div>
    </div>`}
  </${Room}>`;
}

// At most `most` deployments, in their own order, so that rows do not change places while numbers move.
function busiest(deployments, most) {
  const tokens = (d) => d.promptTokens + d.completionTokens;
  const shown = new Set([...deployments].sort((a, b) => tokens(b) - tokens(a)).slice(0, most));
  return deployments.filter((d) => shown.has(d));
}

function sum(left, right) {
  return left.map((value, i) => (value == null || right[i] == null ? null : value + right[i]));
}

// More replicas than fit into the column are written as a number.
const MOST_MARKS = 6;

function DeploymentRow({ deployment: d }) {
  const missing = Math.max(0, d.wanted - d.ready - d.starting);
  const words = `${d.ready} ready${d.starting ? `, ${d.starting} starting` : ''}${d.draining ? `, ${d.draining} draining` : ''}${missing ? `, ${missing} wanted` : ''}${d.trouble ? `: ${d.trouble}` : ''}`;
  return html`<tr>
    <th scope="row" title=${`${d.model} (${d.backend})`}><${Chip} model=${d.model} /><span class="name">${short(d.model)}</span></th>
    <td><span class="replicas ${tint(d.model)}" role="img" aria-label=${words} title=${words}>
      ${d.ready + d.starting + d.draining + missing > MOST_MARKS
        ? html`${marks('ready', 1)}<b>${count(d.ready)}/${count(d.wanted)}</b>`
        : html`${marks('ready', d.ready)}${marks('starting', d.starting)}${marks('draining', d.draining)}${marks('missing', missing)}`}
    </span></td>
    <td class="n">${count(d.running)}</td>
    <td class="n ${d.queued > 0 ? 'warm' : ''}">${count(d.queued)}</td>
  </tr>`;
}

function marks(kind, n) {
  return Array.from({ length: n }, (_, i) => html`<i key=${kind + i} class=${kind}></i>`);
}

const STAGES = { production: 'prod', staging: 'stage' };

export function RegistryRoom({ registry }) {
  const models = registry ? [...registry.models].sort((a, b) => b.serving - a.serving || a.name.localeCompare(b.name)) : [];
  return html`<${Room} name="model-registry" area="registry" ready=${registry != null} about=${registry && plural(registry.modelCount, 'model')}>
    ${registry &&
    html`<div class="stats row">
        <${Stat} value=${count(registry.versionCount)} label=${registry.versionCount === 1 ? 'version' : 'versions'} />
        <${Stat} value=${count(registry.servingCount)} label="serving" />
      </div>
      ${models.length === 0
        ? html`<${Empty}>No model is registered.</${Empty}>`
        : html`<${Rows} label="registered models" noun="models" most=${8} more=${registry.moreModels} rows=${models} row=${(model) => html`<li key=${model.name} title=${model.name}>
              ${model.serving ? html`<${Chip} model=${model.name} />` : html`<i class="chip idle" aria-hidden="true"></i>`}
              <span class="name">${short(model.name)}</span>
              ${model.stage && html`<span class="stage">${STAGES[model.stage] ?? model.stage}</span>`}
            </li>`} />`}`}
  </${Room}>`;
}

export function ComputeRoom({ compute, series, at }) {
  const many = compute && compute.nodes.length > 12;
  const drawn = compute ? compute.nodes.slice(0, 64) : [];
  const unseen = compute ? compute.nodes.length - drawn.length + compute.moreNodes : 0;
  const holders = compute ? [...new Set(compute.nodes.flatMap((node) => node.devices.map((device) => device.holder).filter(Boolean)))].sort() : [];
  return html`<${Room} name="compute" area="compute" ready=${compute != null} about="accelerators and who holds them">
    ${compute &&
    html`<div class="fleet-head">
        <div class="stats row">
          <${Stat} value=${`${count(compute.busy)} / ${count(compute.devices)}`} label="devices in use" />
          <${Stat} value=${count(compute.placements)} label=${compute.placements === 1 ? 'placement' : 'placements'} />
          ${compute.failed > 0 && html`<${Stat} value=${count(compute.failed)} label="failed" alarm=${true} />`}
        </div>
        <${Chart} spark at=${at} floor=${Math.max(1, compute.devices)} format=${count} lines=${[{ label: 'busy', colour: '--line-a', values: series.level('busy') }]} label="devices in use over the last five minutes" />
      </div>
      <ul class="nodes ${many ? 'many' : ''}" aria-label="nodes">${drawn.map((node) => html`<${Node} key=${node.name} node=${node} />`)}</ul>
      <p class="legend">
        ${holders.slice(0, 6).map((holder) => html`<span key=${holder}><${Chip} model=${holder} />${short(holder)}</span>`)}
        <span><i class="chip idle" aria-hidden="true"></i>free</span>
        ${compute.failed > 0 && html`<span><i class="chip broken" aria-hidden="true"></i>failed</span>`}
        ${unseen > 0 && html`<span>and ${plural(unseen, 'more node', 'more nodes')}</span>`}
      </p>`}
  </${Room}>`;
}

function Node({ node }) {
  const down = node.state === 'down';
  const busy = node.devices.filter((device) => device.state === 'busy').length;
  const state = down ? 'down' : node.state === 'draining' ? 'draining' : `${busy} of ${node.devices.length}`;
  return html`<li class="node ${node.state}" aria-label="${node.name}, ${node.accelerator}: ${state} in use">
    <header title=${`${node.name}, ${node.accelerator}`}><b>${node.name}</b><span>${node.accelerator}</span><em>${state}</em></header>
    <div class="devices" aria-hidden="true">${node.devices.map((device, i) => html`<${Device} key=${i} device=${device} slot=${i} down=${down} />`)}</div>
  </li>`;
}

function Device({ device, slot, down }) {
  const broken = down || device.state === 'failed';
  const share = device.memoryBytes > 0 ? device.heldBytes / device.memoryBytes : 0;
  const words = broken ? 'failed' : device.holder ? `${device.holder}, ${bytes(device.heldBytes)} of ${bytes(device.memoryBytes)}` : 'free';
  const kind = broken ? 'broken' : device.state === 'busy' ? `busy ${tint(device.holder ?? 'job')}` : '';
  return html`<i class="device ${kind}" title="device ${slot}: ${words}" style=${{ '--fill': `${Math.round(share * 100)}%` }}></i>`;
}

export function VectorRoom({ vectors, series }) {
  const collections = vectors ? [...vectors.collections].sort((a, b) => b.points - a.points || a.name.localeCompare(b.name)) : [];
  const largest = Math.max(1, ...collections.map((c) => c.points));
  return html`<${Room} name="vector-store" area="vectors" ready=${vectors != null} about=${vectors && plural(vectors.collectionCount, 'collection')}>
    ${vectors &&
    html`<div class="stats row">
        <${Stat} value=${count(vectors.points)} label="points" />
        <${Stat} value=${rate(series.rate('searches'))} label="searches/s" />
      </div>
      ${collections.length === 0
        ? html`<${Empty}>No collection yet.</${Empty}>`
        : html`<${Rows} label="collections" noun="collections" most=${4} more=${vectors.moreCollections} rows=${collections} row=${(c) => html`<li key=${c.name} class="bar" title=${`${c.name}: ${c.shape}`} style=${{ '--share': `${Math.max(1, Math.round((c.points / largest) * 100))}%` }}>
              <span class="name">${c.name}</span><span class="shape">${c.shape}</span><b class="side number">${count(c.points)}</b>
            </li>`} />`}`}
  </${Room}>`;
}

