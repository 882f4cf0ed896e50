// docs/configuration.md, written from what the schema itself says of each key: its kind, default, meaning and example.

import { stringify } from 'yaml';
import { configurationJsonSchema, formsOf, type JsonSchema } from './json-schema.ts';
import { variables } from './variables.ts';

/** The whole page, Markdown. */
export function renderConfigurationDocs(): string {
  const root = configurationJsonSchema();
  const sections = sectionsOf(root).map(({ name, place, node }) =>
    [`## ${name}`, '', `At \`${place}\`. ${node.description ?? ''}`.trim(), '', ...renderObject(root, node)].join('\n'),
  );
  return `${[intro, `## The file\n\n${renderObject(root, root).join('\n')}`, ...sections, values, renderVariables()].join('\n\n')}\n`;
}

const intro = `<!-- Written from the schema in src/config/document; change it there. -->

# Configuration

One YAML file, \`mutual.yaml\`, says everything. \`mutual check\` tells what is wrong with it, every fault at once with its
line; \`mutual config\` prints it with all defaults filled in; \`mutual schema\` prints a JSON Schema for editors.

An unknown key is a fault, and so is a key of a later version. Relative paths are relative to the folder of the file. Where
a list of one value is wanted, the value alone will do.

\`\`\`yaml
servers:
  - listen: 0.0.0.0:8443
    tls:
      certificate: certs/server.crt
      key: certs/server.key
      clients: { ca: certs/rootca.crt }
    routes:
      - path: /
        allow: [{ organization: Company A }]
        upstream: http://127.0.0.1:3000
\`\`\``;

const values = `## Values

- **duration**: \`500ms\`, \`10s\`, \`5m\`, \`1h\`, \`30d\`, or several units from large to small: \`1m30s\`. A bare number means seconds.
- **size**: bytes, or \`32k\`, \`1m\`, \`2g\`, in powers of 1024.
- **file**: the name of a file, absolute or relative to the folder of the configuration.
- **template**: text with variables, \`$name\` or \`\${name}\`. \`$$\` is a dollar sign. An unknown variable is a fault.
- **hexadecimal**, **SHA-256**: digits in either case, with or without colons. Numbers belong in quotes: \`serial: '05'\`.
- YAML is version 1.2: \`true\` and \`false\` are the only truth values; \`yes\`, \`no\`, \`on\` and \`off\` are texts.`;

function renderVariables(): string {
  const rows = variables.map(({ name, scope, description }) =>
    row([`\`$${name}\``, scope === 'log' ? 'log only' : '', description]),
  );
  return [
    '## Variables',
    '',
    "Names and values are nginx's where nginx has the variable. `*` stands for a name: `$http_user_agent`, `$arg_page`.",
    'Those marked "log only" are known when the exchange is over, so they can stand in the access log alone.',
    '',
    row(['Variable', '', 'Value']),
    row(['---', '---', '---']),
    ...rows,
  ].join('\n');
}

interface Section {
  readonly name: string;
  readonly place: string;
  readonly node: JsonSchema;
}

/** Every named object, where it stands first, in the order of reading. */
function sectionsOf(root: JsonSchema): Section[] {
  const found = new Map<string, Section>();
  const visit = (node: JsonSchema, place: string): void => {
    const name = node.$ref?.replace('#/$defs/', '');
    const target = name === undefined ? node : root.$defs?.[name];
    if (target === undefined || (name !== undefined && found.has(name))) {
      return;
    }
    if (name !== undefined) {
      found.set(name, { name, place, node: target });
    }
    for (const form of target.anyOf ?? []) {
      visit(form, place);
    }
    if (target.items !== undefined) {
      visit(target.items, place.endsWith('[]') ? place : `${place}[]`);
    }
    if (typeof target.additionalProperties === 'object') {
      visit(target.additionalProperties, `${place}.NAME`);
    }
    for (const [key, child] of Object.entries(target.properties ?? {})) {
      visit(child, place === '' ? key : `${place}.${key}`);
    }
  };
  visit(root, '');
  return [...found.values()];
}

function renderObject(root: JsonSchema, node: JsonSchema): string[] {
  const lines = [row(['Key', 'Value', 'Default', 'Meaning']), row(['---', '---', '---', '---'])];
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const required = node.required?.includes(key) === true;
    lines.push(
      row([`\`${key}\``, kindOf(child), required ? 'required' : defaultOf(root, child), child.description ?? '']),
    );
  }
  for (const example of node.examples ?? []) {
    lines.push('', '```yaml', stringify(example, { lineWidth: 0 }).trimEnd(), '```');
  }
  return lines;
}

/** What stands at a key, in a few words; named objects are links. */
function kindOf(node: JsonSchema): string {
  if (node.$ref !== undefined) {
    const name = node.$ref.replace('#/$defs/', '');
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (node.title !== undefined) {
    return node.title;
  }
  if (node.anyOf !== undefined) {
    const kinds = node.anyOf.map(kindOf);
    const [first = '', second] = kinds;
    const oneOrMore = kinds.length === 2 && second === `list of ${first}`;
    return oneOrMore ? `${first}, or a list` : [...new Set(kinds)].join(' or ');
  }
  if (node.enum !== undefined || node.const !== undefined) {
    return (node.enum ?? [node.const]).map((value) => `\`${value}\``).join(', ');
  }
  if (node.type === 'array') {
    return `list of ${kindOf(node.items ?? {})}`;
  }
  if (typeof node.additionalProperties === 'object') {
    return `${kindOf(node.additionalProperties)} by name`;
  }
  const names: Readonly<Record<string, string>> = {
    boolean: '`true`, `false`',
    integer: 'whole number',
    string: 'text',
  };
  return typeof node.type === 'string' ? (names[node.type] ?? node.type) : 'text or number';
}

/** Objects that may be left out show their own defaults below. */
function defaultOf(root: JsonSchema, node: JsonSchema): string {
  if (node.default === undefined || formsOf(root, node).some(({ type }) => type === 'object')) {
    return '';
  }
  return node.default === '' ? 'empty' : `\`${node.default}\``;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
