// The option that every command with a configuration has.

import { Option } from 'commander';

export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file').default('mutual.yaml');
}
