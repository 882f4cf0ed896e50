// nginx files, and what becomes of each: a configuration of ours, which our own schema takes.

import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../../../../src/config/load.ts';
import { printConfig } from '../../../../src/config/print/print-config.ts';
import { directiveTable } from '../../../../src/nginx/directives/table.ts';
import { toErrorLog } from '../../../../src/nginx/nginx-process.ts';
import { readNginx } from '../../../../src/nginx/read/read-nginx.ts';
import { type TranslatedNginx, translateNginx } from '../../../../src/nginx/translate/translate-nginx.ts';
import { assertGolden } from '../../../support/golden.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const golden = resolve(import.meta.dirname, '../../../golden/nginx/translate');
const files = readdirSync(golden).filter((name) => name.endsWith('.conf'));

describe('translation', () => {
  const ends: (() => void)[] = [];
  let prefix = '';
  before(() => {
    prefix = `${temporaryDirectory({ after: (end) => void ends.push(end) })}/`;
    cpSync(golden, prefix, { recursive: true });
    const ca = makeCa(prefix, 'rootca');
    const server = makeCertificate(prefix, { ca, name: 'server' });
    const client = makeCertificate(prefix, { ca, name: 'made-client' });
    for (const [from, to] of [
      [ca.certificate, 'rootca.pem'],
      [server.certificate, 'mykey.pem'],
      [server.key, 'mykey.key'],
      [client.certificate, 'client.crt'],
      [client.key, 'client.key'],
    ] as const) {
      copyFileSync(from, join(prefix, to));
    }
  });
  after(() => {
    for (const end of ends) end();
  });

  function translate(name: string): TranslatedNginx {
    const file = readNginx({ file: `${prefix}${name}`, prefix, table: directiveTable(31), minor: 31 });
    return translateNginx(file, {
      version: '1.31.4',
      errorLogs: [toErrorLog(prefix, 'error.log', 'error')],
      accessLog: 'access.log',
    });
  }

  for (const name of files) {
    test(name, () => {
      const { document, notes } = translate(name);
      const yaml = stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
      const told = notes.map(({ text }) => `# ${text}\n`).join('');
      assertGolden(
        join(golden, name.replace('.conf', '.yaml')),
        `${yaml}${told}`.replaceAll(prefix.slice(0, -1), '/p'),
      );
    });

    test(`${name} comes back the same from our own file`, () => {
      const yaml = stringify(translate(name).document, { lineWidth: 0, aliasDuplicateObjects: false });
      const config = parseConfig(yaml, join(prefix, 'mutual.yaml'));
      const printed = printConfig(config);
      const again = parseConfig(printed, join(prefix, 'again.yaml'));
      assert.deepEqual(again.http, config.http);
      assert.equal(parse(printed).http.servers.length, config.http?.servers.length);
    });
  }
});
