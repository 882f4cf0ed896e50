// mutual schema: what a configuration may hold, as JSON Schema for editors or as the page of the documentation.

import { Command } from 'commander';
import { renderConfigurationDocs } from '../config/documentation.ts';
import { configurationJsonSchema } from '../config/json-schema.ts';
import type { CommandIo } from './io.ts';

export function schemaCommand(io: CommandIo): Command {
  return new Command('schema')
    .description('Print the JSON Schema of the configuration, for editors.')
    .option('--docs', 'print docs/configuration.md instead')
    .addHelpText('after', '\nExample:\n  mutual schema > mutual.schema.json\n')
    .action((options: { docs?: true }) => {
      const docs = options.docs === true;
      io.stdout.write(docs ? renderConfigurationDocs() : `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
    });
}
