// What one HTTP connection may cost: applies the configured limits to the HTTP/1 server, and makes the HTTP/2 server.
// Neither listens: connections are handed to them when their handshake is done.

import type { Server } from 'node:http';
import http2 from 'node:http2';
import type { LimitsConfig } from '../../config/schema.ts';
import { watchHttp2Session } from './watch-http2-session.ts';

/** How often Node looks for connections past their time; a timeout is late by at most this much. */
export const timeoutCheckMs = 1000;

/** Requests of one HTTP/1 connection that may wait for their answers; each of them occupies an upstream. */
export const maxPipelinedRequests = 100;

/** Takes effect for connections that come after it; the timeouts for open ones, too. */
export function applyHttp1Limits(server: Server & { maxHeaderSize?: number }, limits: LimitsConfig): void {
  // A head that comes in drops holds a connection for nothing (slowloris).
  server.headersTimeout = limits.headTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.idleTimeoutMs;
  server.keepAliveTimeoutBuffer = 0;
  // What it means that a connection stands still is decided where its responses are known.
  server.timeout = limits.bodyIdleTimeoutMs;
  // Beyond it Node would cut the list of fields, and a Content-Length might be among what is cut.
  server.maxHeadersCount = limits.maxHeaders;
  server.maxHeaderSize = limits.maxHeadBytes;
}

/** Bytes that a session may hold before its requests are refused; one client must not fill the memory. */
const maxSessionMemoryMb = 4;

/**
 * Rapid reset (CVE-2023-44487) and its kin: streams that the client resets count against a budget of `burst`, refilled
 * at `rate` a second; a session that overdraws it is closed.
 */
const resetBudget = { burst: 200, rate: 20 } as const;

/** @param limitsNow asked at the start, and for every session */
export function createHttp2Server(limitsNow: () => LimitsConfig): http2.Http2Server {
  const limits = limitsNow();
  const options: http2.ServerOptions = {
    maxSessionMemory: maxSessionMemoryMb,
    maxSessionInvalidFrames: 10,
    maxSessionRejectedStreams: 10,
    maxSettings: 8,
    maxHeaderListPairs: limits.maxHeaders,
    maxSendHeaderBlockLength: 2 * limits.maxHeadBytes,
    streamResetBurst: resetBudget.burst,
    streamResetRate: resetBudget.rate,
    unknownProtocolTimeout: limits.headTimeoutMs,
    // What an upstream sends twice it may send twice over HTTP/1; to throw at that is for programs that made it themselves.
    strictSingleValueFields: false,
    settings: { enablePush: false, ...http2Settings(limits) },
  };
  const server = http2.createServer(options);
  server.on('session', (session) => {
    watchHttp2Session(session, limitsNow());
    session.on('error', () => session.destroy());
  });
  return server;
}

/** Takes effect for sessions that come after it. */
export function applyHttp2Limits(server: http2.Http2Server, limits: LimitsConfig): void {
  server.updateSettings(http2Settings(limits));
}

function http2Settings(limits: LimitsConfig): http2.Settings {
  return { maxConcurrentStreams: limits.http2MaxConcurrentStreams, maxHeaderListSize: limits.maxHeadBytes };
}
