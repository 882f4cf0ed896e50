// Headers of clients as the error log shows them: never the value of one that holds a credential, however its name is
// spelled. nginx writes it.

import { createRedaction, redacted } from '../../observe/redact.ts';

const { isSecretHeader } = createRedaction({});

export function printField({ name, value }: { readonly name: string; readonly value: string }): string {
  return `${name}: ${isSecret(name) ? redacted : value}`;
}

/** @param line as it came, whatever it is */
export function printLine(line: string): string {
  const [, name = '', rest = ''] = /^([^:]*)(.*)$/s.exec(line) ?? [];
  return isSecret(name) && rest !== '' ? `${name}: ${redacted}` : line;
}

/** `Proxy_Authorization`, `Authorization\t`, `X.Api.Key`. */
function isSecret(name: string): boolean {
  return isSecretHeader(
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, ''),
  );
}
