// The same small files through `nginx -t` and through our reader: the same words, with the same places.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { messageOf } from '../../../src/errors.ts';
import { mainEnd } from '../../../src/nginx/check/main-end.ts';
import { directiveTable } from '../../../src/nginx/directives/table.ts';
import { NginxFault, type NginxMessage } from '../../../src/nginx/nginx-fault.ts';
import { readNginx } from '../../../src/nginx/read/read-nginx.ts';
import { withoutNginx } from '../../support/nginx.ts';
import { faultCases } from '../../support/nginx-faults.ts';
import { runOpenssl } from '../../support/openssl.ts';

const groups = [
  'lexical',
  'process',
  'listen-and-names',
  'tls',
  'proxy-and-upstream',
  'rewrite-and-variables',
  'access-and-content',
  'logs',
  'realistic',
];

describe('as nginx: what is wrong with a file', { skip: withoutNginx, concurrency: true }, () => {
  let prefix = '';
  let minor = 22;
  before(async () => {
    prefix = `${mkdtempSync(join(tmpdir(), 'mutual-nginx-faults-'))}/`;
    mkdirSync(join(prefix, 'conf'));
    writeCredentials(join(prefix, 'conf'));
    minor = Number(/nginx\/1\.(\d+)/.exec((await runNginx(['-v'])).stderr)?.[1] ?? 22);
  });
  after(() => rmSync(prefix, { recursive: true, force: true }));

  for (const group of groups) {
    test(group, async () => {
      const table = directiveTable(minor);
      const cases = faultCases(group);
      assert.ok(cases.length > 0);
      let different = '';
      for (const [place, { line, text }] of cases.entries()) {
        const file = `${prefix}conf/${group}-${place}.conf`;
        writeFileSync(file, text, 'latin1');
        const theirs = await told(file);
        const ours = toldByUs(file, { prefix, table, minor });
        if (ours !== theirs) different += `${line}\n  nginx: ${theirs}\n  ours:  ${ours}\n`;
      }
      assert.equal(different, '');
    });
  }

  async function told(file: string): Promise<string> {
    const { stderr } = await runNginx(['-t', '-p', prefix, '-e', `${prefix}error.log`, '-c', file]);
    const lines = stderr.split('\n').filter((line) => /^nginx: \[/.test(line));
    return lines.map((line) => line.slice('nginx: '.length)).join('\n');
  }
});

function toldByUs(
  file: string,
  options: { prefix: string; table: ReturnType<typeof directiveTable>; minor: number },
): string {
  const messages: NginxMessage[] = [];
  try {
    mainEnd(readNginx({ ...options, file }, messages).nodes);
  } catch (error) {
    messages.push({ level: error instanceof NginxFault ? error.level : 'alert', text: messageOf(error) });
  }
  return messages.map(({ level, text }) => `[${level}] ${text}`).join('\n');
}

function runNginx(args: readonly string[]): Promise<{ stderr: string }> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  return new Promise((resolve) => {
    execFile('nginx', args, { env }, (_error, _stdout, stderr) => resolve({ stderr }));
  });
}

/** Under the names that the files have. */
function writeCredentials(folder: string): void {
  const openssl = (...args: string[]): string => runOpenssl(args, { cwd: folder });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...ec, '-keyout', 'k.pem', '-out', 'c.pem', '-days', '30', '-subj', '/CN=x');
  openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', 'k2.pem');
  openssl('ec', '-in', 'k.pem', '-aes256', '-passout', 'pass:secret', '-out', 'kenc.pem');
  openssl('genrsa', '-out', 'small.key', '512');
  openssl('req', '-x509', '-new', '-key', 'small.key', '-out', 'small.pem', '-subj', '/CN=s', '-days', '2');
  for (const [name, text] of Object.entries({
    pw: 'wrong\n',
    pw2: 'secret\n',
    'junk.pem': 'junk\n',
    'empty.pem': '',
  })) {
    writeFileSync(join(folder, name), text);
  }
}
