// Dates as HTTP writes them (RFC 9110 section 5.6.7), and the three forms in which they are read.

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number): string => String(value).padStart(2, '0');

/** @param seconds since 1970 */
export function printHttpDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = `${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${days[date.getUTCDay()]}, ${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`;
}

const form = /^\w+, (\d{2})[ -](\w{3})[ -](\d{4}|\d{2}) (\d{2}):(\d{2}):(\d{2}) ?/;
const ancient = /^\w{3} (\w{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})/;

/** Seconds since 1970; undefined where it is no date. */
export function parseHttpDate(text: string): number | undefined {
  const modern = form.exec(text);
  const [day, month, year, time] =
    modern !== null
      ? [modern[1], modern[2], modern[3], modern.slice(4, 7)]
      : (() => {
          const old = ancient.exec(text);
          return old === null ? [] : [old[2], old[1], old[6], old.slice(3, 6)];
        })();
  if (day === undefined || time === undefined) return undefined;
  const index = months.indexOf(month ?? '');
  if (index === -1) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number);
  let full = Number(year);
  if (year?.length === 2) full += full < 70 ? 2000 : 1900;
  return Date.UTC(full, index, Number(day), hours, minutes, seconds) / 1000;
}
