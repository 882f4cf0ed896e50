// URLs that something may be downloaded from: text in, a URL that can be fetched and shown out.

/** undefined for what is no http or https URL, and for one with a password: logs and pages would show it. */
export function parseDownloadUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  url.hash = '';
  return url;
}

/** For the log: a query may be a secret. */
export function printDownloadUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}
