// The stream of the house. It reconnects by itself and always knows how things stand:
// 'connecting' (nothing seen yet), 'live', 'quiet' (connected, but no news), 'gone' (no connection).

const QUIET_MILLIS = 4000;
const RETRY_MILLIS = [500, 1000, 2000, 3000];

export class Feed {
  constructor(url, onHistory, onHouse, onLink) {
    Object.assign(this, { url, onHistory, onHouse, onLink });
    this.link = 'connecting';
    this.failures = 0;
    this.newsAt = performance.now();
  }

  start() {
    this.open();
    setInterval(() => {
      if (this.link === 'live' && performance.now() - this.newsAt > QUIET_MILLIS) this.become('quiet', 'It is connected but says nothing.');
    }, 1000);
  }

  open() {
    const source = new EventSource(this.url);
    source.addEventListener('history', (event) => this.onHistory(JSON.parse(event.data)));
    source.addEventListener('house', (event) => {
      this.failures = 0;
      this.newsAt = performance.now();
      this.onHouse(JSON.parse(event.data));
      this.become('live', '');
    });
    source.addEventListener('trouble', (event) => {
      this.newsAt = performance.now();
      this.become('quiet', `It cannot look at the house: ${JSON.parse(event.data).message}.`);
    });
    source.addEventListener('bye', () => this.lost(source, 'It was stopped.'));
    source.onerror = () => this.lost(source, 'The connection broke.');
  }

  lost(source, why) {
    source.close();
    this.become('gone', this.link === 'gone' ? this.why : why);
    setTimeout(() => this.open(), RETRY_MILLIS[Math.min(this.failures++, RETRY_MILLIS.length - 1)]);
  }

  become(link, why) {
    if (link === this.link && why === this.why) return;
    this.link = link;
    this.why = why;
    this.onLink(link, why);
  }
}
