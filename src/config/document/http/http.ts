// `http`: servers that process requests as nginx does, in nginx's vocabulary. It stands beside `servers`, whose routes
// are another, stricter model.

import { z } from 'zod';
import { text } from '../scalars.ts';
import { connectionZone, geo, httpUpstream, logFormat, map, requestZone, split } from './definitions.ts';
import { httpServer, serverSettings } from './server.ts';
import { settings } from './settings.ts';

export const http = z
  .strictObject({
    compatibility: z
      .string()
      .regex(/^1\.\d+(\.\d+)?$/)
      .default('1.28.0')
      .describe('The version of nginx whose defaults hold, and which the Server header tells.'),
    prefix: text
      .optional()
      .describe('Folder that relative names of files are relative to. Default: that of this file.'),
    configurationPrefix: text
      .optional()
      .describe('Folder that relative names of certificates and keys are relative to. Default: `prefix`.'),
    maps: z.array(map).prefault([]).describe("As nginx's `map`."),
    geos: z.array(geo).prefault([]).describe("As nginx's `geo`."),
    splits: z.array(split).prefault([]).describe("As nginx's `split_clients`."),
    requestZones: z.array(requestZone).prefault([]).describe("As nginx's `limit_req_zone`."),
    connectionZones: z.array(connectionZone).prefault([]).describe("As nginx's `limit_conn_zone`."),
    logFormats: z.record(text, logFormat).prefault({}).describe("As nginx's `log_format`."),
    upstreams: z.record(text, httpUpstream).prefault({}).describe("As nginx's `upstream`."),
    servers: z.array(httpServer).min(1).describe('The servers.'),
    ...serverSettings,
    ...settings,
  })
  .meta({
    id: 'Http',
    description:
      'Servers that process requests as nginx does. Settings that stand here hold for all servers, and those of a server ' +
      'for all its locations, unless these have their own.',
    examples: [
      {
        servers: [
          {
            listen: [{ address: '0.0.0.0:8080' }],
            locations: [{ prefix: '/', proxyPass: 'http://127.0.0.1:3000' }],
          },
        ],
      },
    ],
  });
