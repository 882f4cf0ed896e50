// `split_clients` (ngx_http_split_clients_module.c): a value by the share of the hash of a text.

import type { HttpSplitConfig } from '../../../config/http-schema.ts';
import { toBinary } from '../binary-text.ts';
import type { Request } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import type { Getter } from '../script/value.ts';
import { remembered } from './define-map.ts';
import { murmurHash2 } from './murmur-hash2.ts';

export function defineSplit(
  { source: text, parts: shares, variable }: HttpSplitConfig,
  compiler: Compiler,
): Getter<Request> {
  const source = compiler.value(text);
  let sum = 0;
  const parts = shares.map(({ share, value }) => {
    const all = share === '*';
    sum += all ? 0 : Math.round(Number.parseFloat(share) * 100);
    // nginx computes in 64 bits and cuts.
    const upTo = all ? 0xffffffff : Number((BigInt(sum) * 0xffffffffn) / 10_000n);
    return { all, upTo, value: toBinary(value) };
  });
  return remembered(variable, false, (request) => {
    const hash = murmurHash2(Buffer.from(source.of(request), 'latin1'));
    return parts.find(({ all, upTo }) => all || hash < upTo)?.value ?? '';
  });
}
