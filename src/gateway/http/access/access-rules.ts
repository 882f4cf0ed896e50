// `allow` and `deny`: the first rule that an address is in decides (ngx_http_access_module.c).

import { type AddressSet, addressSet } from './address-set.ts';

export interface AccessRule {
  readonly allow: boolean;
  readonly set: AddressSet;
}

export function compileAccessRules(
  rules: readonly ({ readonly allow: string } | { readonly deny: string })[],
): AccessRule[] {
  return rules.map((rule) => {
    const allow = 'allow' in rule;
    return { allow, set: addressSet([allow ? rule.allow : rule.deny]) };
  });
}

/** Undefined where no rule speaks of the address. */
export function isAllowed(rules: readonly AccessRule[], address: string): boolean | undefined {
  return rules.find(({ set }) => set.has(address))?.allow;
}
