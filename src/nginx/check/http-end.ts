// What nginx checks when `http` is complete: upstreams, certificates, locations, variables, server names, in its order.

import { NginxFault, type Place, printPlace } from '../nginx-fault.ts';
import type { DirectiveNode, Reading } from '../read/directive-node.ts';
import { blocksOf, eachLocation } from '../read/levels.ts';
import { parseNginxUrl } from '../read/parse-url.ts';
import { findNginxVariable } from '../variables.ts';
import { checkAddresses } from './addresses-end.ts';
import { checkDuplicateLocations } from './location-check.ts';
import { checkProxies } from './proxy-end.ts';
import { checkListeningCertificates, checkServerTls } from './ssl-end.ts';

/** @param end the closing brace @throws NginxFault */
export function httpEnd({ block: http = [] }: DirectiveNode, end: Place, reading: Reading): void {
  const servers = blocksOf(http, 'server');
  checkUpstreams(http, servers, reading);
  for (const { block = [] } of servers) checkServerTls([http, block], reading);
  for (const { block = [] } of servers) checkProxies([http, block], end, reading);
  for (const { block = [] } of servers) checkDuplicateLocations(block, printPlace(end));
  checkListeningCertificates(http, servers, reading);
  checkVariables(reading);
  checkAddresses(servers, reading);
}

function checkUpstreams(http: readonly DirectiveNode[], servers: readonly DirectiveNode[], reading: Reading): void {
  const upstreams = new Map(blocksOf(http, 'upstream').map((node) => [node.args[0]?.toLowerCase() ?? '', node]));
  const hosts: Reading['hosts'][number][] = [];
  for (const { block = [] } of servers) {
    eachLocation([http, block], ({ block: nodes = [] }) => {
      const pass = nodes.find(({ name }) => name === 'proxy_pass');
      const authority = /^https?:\/\/(.*)$/is.exec(pass?.args[0] ?? '')?.[1];
      if (pass === undefined || authority === undefined || authority.includes('$')) return;
      const url = parseNginxUrl(authority, { uri: true, defaultPort: 80 });
      if (typeof url === 'string') return;
      const { host, port, isDefaultPort, isName } = url;
      if (upstreams.has(host.toLowerCase())) {
        if (!isDefaultPort) throw new NginxFault(`upstream "${host}" may not have port ${port}`, pass.at);
      } else if (isName) {
        const fault = `host not found in upstream "${host}"`;
        if (!hosts.some((one) => one.host === host)) hosts.push({ host, fault, at: pass.at });
      }
    });
  }
  for (const { block = [], args, at } of upstreams.values()) {
    const isAnyPrimary = block.some((node) => node.name === 'server' && !node.args.includes('backup'));
    if (!isAnyPrimary) throw new NginxFault(`no servers in upstream "${args[0]}"`, at);
  }
  reading.hosts.push(...hosts);
}

function checkVariables({ used, defined, minor }: Reading): void {
  for (const name of used) {
    const isKnown = defined.has(name) || findNginxVariable(name, minor) !== undefined;
    if (!isKnown) throw new NginxFault(`unknown "${name}" variable`);
  }
}
