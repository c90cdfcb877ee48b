// Numbers as people read them. All functions are pure; absent (null, undefined, negative where it cannot be) is a dash.

const DASH = '–';
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const STEPS = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

export function count(n) {
  if (n == null || !Number.isFinite(n) || n < 0) return DASH;
  if (n < 9_999.5) return whole.format(n);
  const [size, letter] = STEPS.find(([step]) => n >= step * 0.9995);
  const scaled = n / size;
  return `${scaled < 99.95 ? scaled.toFixed(1).replace('.0', '') : scaled.toFixed(0)} ${letter}`;
}

export function rate(perSecond) {
  if (perSecond == null || !Number.isFinite(perSecond) || perSecond < 0) return DASH;
  if (perSecond === 0) return '0';
  if (perSecond < 0.095) return perSecond.toFixed(2);
  return perSecond < 99.95 ? perSecond.toFixed(1) : count(perSecond);
}

// Nano-dollars. Small sums keep two significant digits, so that one cheap request is not shown as nothing.
export function money(nanos) {
  if (nanos == null || !Number.isFinite(nanos)) return DASH;
  const dollars = nanos / 1e9;
  const size = Math.abs(dollars);
  if (size === 0) return '$0';
  if (size >= 1e6) return `$${count(dollars)}`;
  if (size >= 1000) return `$${whole.format(dollars)}`;
  if (size >= 0.995) return `$${dollars.toFixed(2)}`;
  const digits = Math.min(9, 1 - Math.floor(Math.log10(size)));
  return `$${dollars.toFixed(Math.max(2, digits))}`;
}

export function duration(millis) {
  if (millis == null || !Number.isFinite(millis) || millis < 0) return DASH;
  if (millis < 1) return '<1 ms';
  if (millis < 999.5) return `${millis.toFixed(0)} ms`;
  if (millis < 9_950) return `${(millis / 1000).toFixed(1)} s`;
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ago(millis) {
  if (millis == null || !Number.isFinite(millis)) return DASH;
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function clock(millis) {
  return new Date(millis).toLocaleTimeString('en-GB', { hour12: false });
}

export function bytes(n) {
  if (n == null || !Number.isFinite(n) || n < 0) return DASH;
  const gib = n / 2 ** 30;
  return gib >= 1 ? `${gib.toFixed(gib < 10 ? 1 : 0)} GiB` : `${(n / 2 ** 20).toFixed(0)} MiB`;
}

export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}
