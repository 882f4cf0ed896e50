// One word for a POSIX shell: text in, the same text out, quoted where the shell would read it as anything else.

export function quoteShell(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
