// The page: it listens to the house and draws it again after every word.

import { Component, render } from './vendor/preact.mjs';
import { Feed } from './feed.js';
import { clock, duration } from './format.js';
import { ComputeRoom, GatewayRoom, RegistryRoom, VectorRoom, WorkflowRoom } from './floors.js';
import { Defs, Floor, Spire } from './house.js';
import { html, tint } from './parts.js';
import { Pillar } from './pillar.js';
import { Series } from './series.js';

const WORDS = {
  connecting: 'connecting',
  live: 'live',
  quiet: 'no news',
  gone: 'gone, reconnecting',
};

class App extends Component {
  series = new Series();

  state = { link: 'connecting', why: '', house: null };

  componentDidMount() {
    new Feed(
      '/console/events',
      (history) => this.series.load(history),
      (house) => {
        this.series.push(house);
        for (const deployment of house.gateway?.deployments ?? []) tint(deployment.model);
        this.setState({ house });
      },
      (link, why) => {
        document.title = link === 'live' || link === 'connecting' ? 'Pagoda' : `Pagoda (${WORDS[link]})`;
        this.setState({ link, why });
      },
    ).start();
  }

  render(_, { link, why, house }) {
    const { series } = this;
    const at = series.seconds();
    const now = house?.atMillis ?? 0;
    const away = house != null && (link === 'gone' || link === 'quiet');
    return html`<${Defs} />
      <div class="page ${link}">
        <header class="sky">
          <img src="/console/pagoda.svg" alt="" width="34" height="34" />
          <h1>Pagoda</h1>
          <p class="where">${location.host}</p>
          <p class="link ${link}" role="status"><i aria-hidden="true"></i>${WORDS[link]}</p>
        </header>
        ${away && html`<p class="banner" role="alert"><b>${link === 'gone' ? 'The platform is gone.' : 'The platform is silent.'}</b> ${why} What you see is from ${clock(now)}; the page keeps trying.</p>`}
        ${house == null
          ? html`<p class="waiting">${link === 'gone' ? html`<b>The platform is not there.</b> Start it with <code>./pagoda up</code>; the page keeps trying.` : 'Looking at the house …'}</p>`
          : html`<main aria-label="the house">
                <div class="house">
                  <${Spire} />
                  <${Floor} level="3" name="Application" area="upper">
                    <${WorkflowRoom} workflows=${house.workflows} series=${series} at=${at} />
                  </${Floor}>
                  <${Floor} level="2" name="Model" area="middle-floor">
                    <${GatewayRoom} gateway=${house.gateway} series=${series} at=${at} />
                    <${RegistryRoom} registry=${house.registry} />
                  </${Floor}>
                  <${Floor} level="1" name="Infrastructure" area="lower">
                    <${VectorRoom} vectors=${house.vectors} series=${series} />
                    <${ComputeRoom} compute=${house.compute} series=${series} at=${at} />
                  </${Floor}>
                </div>
                <${Pillar} governance=${house.governance} latest=${house.gateway?.latest ?? []} now=${now} series=${series} at=${at} />
              </main>
              <footer class="plinth">
                <span>Pagoda ${house.about.version}</span>
                <span>up ${duration(Math.max(0, now - house.about.startedAtMillis))}</span>
                <span>seen ${clock(now)}</span>
                <nav aria-label="elsewhere"><a href="/metrics">/metrics</a></nav>
              </footer>`}
      </div>`;
  }
}

render(html`<${App} />`, document.getElementById('app'));
