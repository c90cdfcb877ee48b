// The last minutes of the platform's counters, and the rates that follow from them.

const LIMIT = 300;
const GAP_SECONDS = 5;
const COLUMNS = ['at', 'requests', 'promptTokens', 'completionTokens', 'running', 'queued', 'busy', 'searches', 'runs', 'cost'];

export class Series {
  constructor() {
    this.columns = Object.fromEntries(COLUMNS.map((name) => [name, []]));
    this.life = null;
  }

  load(history) {
    for (const name of COLUMNS) this.columns[name] = [...(history[name] ?? [])];
  }

  push(house) {
    if (this.life !== null && this.life !== house.about.startedAtMillis) this.load({});
    this.life = house.about.startedAtMillis;
    const moment = {
      at: house.atMillis,
      requests: house.gateway?.requests,
      promptTokens: house.gateway?.promptTokens,
      completionTokens: house.gateway?.completionTokens,
      running: house.gateway?.running,
      queued: house.gateway?.queued,
      busy: house.compute?.busy,
      searches: house.vectors?.searches,
      runs: house.workflows?.finishedToday,
      cost: house.governance?.costNanos,
    };
    const { at } = this.columns;
    if (at.length > 0 && at[at.length - 1] >= moment.at) return;
    for (const name of COLUMNS) {
      this.columns[name].push(moment[name] ?? -1);
      if (this.columns[name].length > LIMIT) this.columns[name].shift();
    }
  }

  seconds() {
    return this.columns.at.map((millis) => millis / 1000);
  }

  level(name) {
    return this.columns[name].map((value) => (value < 0 ? null : value));
  }

  // Growth per second at every moment, over the `smooth` seconds before it; null where it cannot be known.
  rates(name, smooth = 3) {
    const { at } = this.columns;
    const values = this.columns[name];
    let from = 0;
    return values.map((value, i) => {
      if (i > 0 && (at[i] - at[i - 1] > GAP_SECONDS * 1000 || values[i - 1] < 0 || value < values[i - 1])) from = i;
      while (from < i && at[i] - at[from] > (smooth + 0.5) * 1000) from++;
      return from === i || value < 0 ? null : (value - values[from]) / ((at[i] - at[from]) / 1000);
    });
  }

  // Growth per second now, over the last few seconds; null when nothing is known yet.
  rate(...names) {
    const latest = names.map((name) => this.rates(name, 5).at(-1));
    return latest.some((value) => value == null) ? null : latest.reduce((sum, value) => sum + value, 0);
  }
}
