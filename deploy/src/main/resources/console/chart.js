// A time series of at most the last five minutes, drawn by uPlot; with `spark` only the line.

import uPlot from './vendor/uPlot.esm.js';
import { Component, createRef } from './vendor/preact.mjs';
import { html } from './parts.js';
import { clock } from './format.js';

// A young page shows one minute, and the window grows with what it has seen.
const LEAST_SECONDS = 60;
const MOST_SECONDS = 300;
const STEPS = [15, 30, 60, 120];
const LABEL_PIXELS = 50;
const dark = matchMedia('(prefers-color-scheme: dark)');

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function marks(span, width) {
  const step = STEPS.find((seconds) => (width * seconds) / span >= LABEL_PIXELS) ?? STEPS.at(-1);
  return Array.from({ length: Math.ceil(span / step) - 1 }, (_, i) => (i + 1) * step).filter((back) => back < span * 0.9);
}

function back(seconds) {
  return seconds % 60 === 0 ? `−${seconds / 60} min` : `−${seconds} s`;
}

// lines: [{ label, colour: CSS variable, values: number|null[] }], at: seconds[], format: number -> text
export class Chart extends Component {
  box = createRef();

  componentDidMount() {
    this.draw();
    this.observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (width > 0 && height > 0) this.plot.setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    this.observer.observe(this.box.current);
    this.redraw = () => {
      this.plot.destroy();
      this.draw();
    };
    dark.addEventListener('change', this.redraw);
  }

  componentDidUpdate() {
    this.plot.setData(this.data());
  }

  componentWillUnmount() {
    this.observer.disconnect();
    dark.removeEventListener('change', this.redraw);
    this.plot.destroy();
  }

  data() {
    return [this.props.at, ...this.props.lines.map((line) => line.values)];
  }

  draw() {
    const { lines, format, spark, floor = 1 } = this.props;
    const soft = colour('--soft');
    const grid = { stroke: colour('--line'), width: 1 };
    const font = '10.5px Inter, system-ui, sans-serif';
    const box = this.box.current;
    const newest = () => this.props.at.at(-1) ?? Date.now() / 1000;
    const span = () => Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, newest() - (this.props.at[0] ?? newest())));
    this.plot = new uPlot(
      {
        width: Math.max(40, box.clientWidth),
        height: Math.max(16, box.clientHeight),
        padding: spark ? [2, 0, 2, 0] : [6, 4, 0, 0],
        legend: { show: false },
        cursor: {
          show: !spark,
          x: true,
          y: false,
          drag: { x: false, y: false },
          points: { size: 6 },
        },
        scales: {
          x: { time: true, range: () => [newest() - span(), newest()] },
          y: { range: (_, low, high) => [0, Math.max(floor, (high ?? 0) * 1.12)] },
        },
        axes: [
          {
            show: !spark,
            stroke: soft,
            font,
            size: 18,
            gap: 3,
            grid: { show: false },
            ticks: { show: false },
            splits: (plot) => marks(span(), plot.bbox.width / devicePixelRatio).map((back) => newest() - back),
            values: (_, splits) => splits.map((at) => back(Math.round(newest() - at))),
          },
          {
            show: !spark,
            stroke: soft,
            font,
            size: 38,
            gap: 4,
            grid,
            ticks: { show: false },
            space: 26,
            values: (_, splits) => splits.map((value) => format(value).replace(/\.0$/, '')),
          },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: colour(line.colour),
            width: 1.5,
            fill: (plot) => {
              const fade = plot.ctx.createLinearGradient(0, plot.bbox.top, 0, plot.bbox.top + plot.bbox.height);
              fade.addColorStop(0, `color-mix(in srgb, ${colour(line.colour)} 28%, transparent)`);
              fade.addColorStop(1, `color-mix(in srgb, ${colour(line.colour)} 2%, transparent)`);
              return fade;
            },
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: {
          setCursor: [(plot) => this.props.onPoint?.(plot.cursor.idx ?? null)],
        },
      },
      this.data(),
      box,
    );
  }

  render({ label, spark }) {
    return html`<div class=${spark ? 'spark' : 'chart'} role="img" aria-label=${label} ref=${this.box}></div>`;
  }
}

// A chart under its headline number; pointing at the line shows that moment instead of now.
export class Trend extends Component {
  state = { point: null };

  render({ at, lines, now, unit, format, label, floor, extra }, { point }) {
    const known = point != null && at[point] != null;
    const shown = known ? lines.reduce((sum, line) => sum + (line.values[point] ?? 0), 0) : now;
    return html`<figure class="trend">
      <figcaption>
        <b class="number">${format(shown)}</b> <span>${unit}</span>
        <small>${known ? `at ${clock(at[point] * 1000)}` : extra}</small>
      </figcaption>
      <${Chart} at=${at} lines=${lines} format=${format} floor=${floor} label=${label} onPoint=${(i) => i !== point && this.setState({ point: i })} />
    </figure>`;
  }
}
