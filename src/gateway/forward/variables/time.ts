// $variables of time, as nginx writes them (ngx_times.c). The clock is an argument.

import type { Exchange } from '../exchange.ts';
import type { Reader, VariableContext } from './reader.ts';
import { seconds } from './reader.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (number: number): string => String(number).padStart(2, '0');

/** The time a variable speaks of: what the caller says, or the end of the exchange, or its beginning. */
export function nowOf(exchange: Exchange, context: VariableContext): number {
  return context.nowMs ?? exchange.startedAtMs + (exchange.durationMs ?? 0);
}

/** `23/Nov/2026:15:14:10 +0000`, in the time zone of this process. */
export function printLocalTime(ms: number): string {
  const date = new Date(ms);
  const day = `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}`;
  return `${day}:${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${offsetOf(date, '')}`;
}

/** `2026-11-23T15:14:10+00:00`, in the time zone of this process. */
export function printIso8601(ms: number): string {
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}${offsetOf(date, ':')}`;
}

/** Offset from UTC: `+0530`, or with `:` between hours and minutes. */
function offsetOf(date: Date, colon: string): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`;
}

export const timeVariables: Readonly<Record<string, Reader>> = {
  time_local: (exchange, context) => printLocalTime(nowOf(exchange, context)),
  time_iso8601: (exchange, context) => printIso8601(nowOf(exchange, context)),
  msec: (exchange, context) => seconds(nowOf(exchange, context)),
};
