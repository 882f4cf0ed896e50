// The `http` section as the gateway reads it, and as a file holds it: both are what the schema in document/http says.

import type { z } from 'zod';
import type {
  connectionZone,
  geo,
  httpUpstream,
  logFormat,
  map,
  requestZone,
  split,
} from './document/http/definitions.ts';
import type { http } from './document/http/http.ts';
import type { httpServer, serverSettings } from './document/http/server.ts';

export type { HttpLocation, HttpLocationDocument } from './document/http/location.ts';
export type {
  HttpCondition,
  HttpIf,
  HttpIfDocument,
  HttpReturn,
  HttpRewrite,
  HttpSet,
  HttpSettings,
  HttpSettingsDocument,
  HttpStep,
  HttpStepDocument,
} from './document/http/steps.ts';

/** Durations are milliseconds and sizes bytes; settings stand where they were written, not inherited yet. */
export type HttpConfig = z.output<typeof http>;
export type HttpServerConfig = z.output<typeof httpServer>;
export type HttpListenConfig = HttpServerConfig['listen'][number];
export type HttpServerSettings = z.output<z.ZodObject<typeof serverSettings>>;
export type HttpMapConfig = z.output<typeof map>;
export type HttpGeoConfig = z.output<typeof geo>;
export type HttpSplitConfig = z.output<typeof split>;
export type HttpRequestZoneConfig = z.output<typeof requestZone>;
export type HttpConnectionZoneConfig = z.output<typeof connectionZone>;
export type HttpLogFormatConfig = z.output<typeof logFormat>;
export type HttpUpstreamConfig = z.output<typeof httpUpstream>;

/** The same as a file holds it: durations and sizes as texts (`60s`, `1m`), or seconds and bytes as numbers. */
export type HttpDocument = z.input<typeof http>;
export type HttpServerDocument = z.input<typeof httpServer>;
export type HttpUpstreamDocument = z.input<typeof httpUpstream>;
export type HttpMapDocument = z.input<typeof map>;
