// What a location's proxying comes down to when everything is inherited: buffers that fit, certificates that can be read.

import { NginxFault, type Place } from '../nginx-fault.ts';
import { fullName, type Reading } from '../read/directive-node.ts';
import { eachLocation, inherited, inheritedText, isOn, type Level } from '../read/levels.ts';
import { checkCiphers, checkPair, checkVerifyFile } from './pem-check.ts';
import { parseNginxNumber, parseNginxSize } from './units.ts';

/** Of a server and all its locations. @throws NginxFault */
export function checkProxies(server: Level, end: Place, reading: Reading): void {
  checkBuffers(server, end);
  eachLocation(server, ({ block = [] }, level) => {
    checkBuffers(level, end);
    checkProxyTls(level, block.find(({ name }) => name === 'proxy_pass')?.args[0], reading);
  });
}

function checkBuffers(level: Level, end: Place): void {
  const [number, each] = inherited(level, 'proxy_buffers')?.args ?? [];
  const count = number === undefined ? 8 : (parseNginxNumber(number) ?? 8);
  const size = each === undefined ? 4096 : (parseNginxSize(each) ?? 4096);
  const sizeOf = (name: string, byDefault: number): number =>
    parseNginxSize(inheritedText(level, name) ?? '') ?? byDefault;
  const largest = Math.max(sizeOf('proxy_buffer_size', 4096), size);
  const fail = (text: string): never => {
    throw new NginxFault(text, end);
  };
  const floor =
    'must be equal to or greater than the maximum of the value of "proxy_buffer_size" and one of the "proxy_buffers"';
  if (count < 2) fail('there must be at least 2 "proxy_buffers"');
  const busy = sizeOf('proxy_busy_buffers_size', 2 * largest);
  if (busy < largest) fail(`"proxy_busy_buffers_size" ${floor}`);
  if (busy > (count - 1) * size) {
    fail('"proxy_busy_buffers_size" must be less than the size of all "proxy_buffers" minus one buffer');
  }
  if (sizeOf('proxy_temp_file_write_size', 2 * largest) < largest) fail(`"proxy_temp_file_write_size" ${floor}`);
  const most = sizeOf('proxy_max_temp_file_size', 1024 ** 3);
  if (most !== 0 && most < largest) {
    fail(`"proxy_max_temp_file_size" must be equal to zero to disable temporary files usage or ${floor}`);
  }
}

function checkProxyTls(level: Level, target: string | undefined, reading: Reading): void {
  if (target === undefined || !/^(https:|\$)/i.test(target)) return;
  const full = (name: string): string => fullName(reading.confPrefix, name);
  const ciphers = inheritedText(level, 'proxy_ssl_ciphers');
  if (ciphers !== undefined) checkCiphers(ciphers);
  const certificate = inheritedText(level, 'proxy_ssl_certificate');
  if (certificate !== undefined && certificate !== '') {
    const key = inheritedText(level, 'proxy_ssl_certificate_key');
    if (key === undefined) {
      throw new NginxFault(`no "proxy_ssl_certificate_key" is defined for certificate "${certificate}"`);
    }
    const passwords = inheritedText(level, 'proxy_ssl_password_file');
    if (!certificate.includes('$') && !key.includes('$')) {
      checkPair(full(certificate), full(key), passwords === undefined ? undefined : full(passwords));
    }
  }
  const trusted = inheritedText(level, 'proxy_ssl_trusted_certificate');
  if (isOn(level, 'proxy_ssl_verify', false)) {
    if (trusted === undefined) throw new NginxFault('no proxy_ssl_trusted_certificate for proxy_ssl_verify');
    checkVerifyFile(full(trusted), 'SSL_CTX_load_verify_locations');
    const crl = inheritedText(level, 'proxy_ssl_crl');
    if (crl !== undefined) checkVerifyFile(full(crl), 'X509_LOOKUP_load_file');
  }
}
