// Numbers and times in, short text for people out, always in the same width class: what changes every second must not make
// its neighbours move. Pure: the clock is an argument.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365.25 * day;

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** @type {string} Stands where there is nothing to say. */
export const nothing = '–';

/**
 * @param {number} value
 * @returns {string} `12,345`
 */
export function formatCount(value) {
  return grouped.format(value);
}

/**
 * @param {number} value
 * @returns {string} `0.4`, `12`, `1,234`: with a tenth where that says something
 */
export function formatRate(value) {
  return value === 0 || value >= 100 ? grouped.format(value) : tenths.format(value);
}

/**
 * @param {number | null} ms
 * @returns {{ readonly value: string, readonly unit: string }} three digits or so
 */
export function splitDuration(ms) {
  if (ms === null) return { value: nothing, unit: 'ms' };
  if (ms >= 10 * second) return { value: tenths.format(ms / second), unit: 's' };
  if (ms >= second) return { value: (ms / second).toFixed(2), unit: 's' };
  if (ms >= 100) return { value: grouped.format(ms), unit: 'ms' };
  return { value: ms < 1 ? ms.toFixed(2) : tenths.format(ms), unit: 'ms' };
}

/** @param {number | null} ms */
export function formatDuration(ms) {
  const { value, unit } = splitDuration(ms);
  return ms === null ? value : `${value} ${unit}`;
}

/**
 * @param {number} bytes
 * @returns {{ readonly value: string, readonly unit: string }}
 */
export function splitBytes(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return { value: unit === 0 || value >= 100 ? grouped.format(value) : tenths.format(value), unit: units[unit] ?? '' };
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  const { value, unit } = splitBytes(bytes);
  return `${value} ${unit}`;
}

/**
 * @param {number} ms
 * @returns {string} the two greatest units: `3 h 12 min`
 */
export function formatAge(ms) {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min ${Math.floor((ms % minute) / second)} s`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h ${Math.floor((ms % hour) / minute)} min`;
  return `${grouped.format(Math.floor(ms / day))} days ${Math.floor((ms % day) / hour)} h`;
}

/**
 * @param {number} atMs
 * @param {number} nowMs
 * @returns {string} `5 min ago`, `in 12 days`, `now`
 */
export function formatRelative(atMs, nowMs) {
  const away = atMs - nowMs;
  const text = span(Math.abs(away));
  if (text === '') return 'now';
  return away > 0 ? `in ${text}` : `${text} ago`;
}

/** @param {number} ms */
function span(ms) {
  if (ms < 1.5 * second) return '';
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  if (ms < 2 * year) return `${Math.floor(ms / day)} days`;
  return `${Math.floor(ms / year)} years`;
}

/**
 * @param {number} atMs
 * @returns {string} `2026-03-01 10:11:12 GMT+1`, in the time of the browser
 */
export function formatAbsolute(atMs) {
  const at = new Date(atMs);
  const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName');
  return `${formatDate(atMs)} ${formatClock(atMs)} ${zone?.value ?? ''}`.trimEnd();
}

/**
 * @param {number} atMs
 * @returns {string} `2026-03-01`
 */
export function formatDate(atMs) {
  const at = new Date(atMs);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/**
 * @param {number} atMs
 * @returns {string} `10:11:12`
 */
export function formatClock(atMs) {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, '0');
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function plural(count, one, many = `${one}s`) {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
