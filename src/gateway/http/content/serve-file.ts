// Static files (ngx_http_static_module.c and ngx_http_index_module.c): an index for a folder, a file with its ETag, or a
// redirect to the folder of that name.

import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { systemCodeOf } from '../../../errors.ts';
import { toPath } from '../binary-text.ts';
import { logError } from '../log/log-error.ts';
import { escapeUri } from '../parse/escape-uri.ts';
import { addHeader, type ByteRange, outcome, type Request, setLocation } from '../request.ts';
import { multipartText } from '../response/ranges.ts';
import type { Redirects } from '../response/redirects.ts';
import { endBody, sendHead } from '../response/send.ts';
import { setContentType } from './content-type.ts';
import { fileNameOf, leavesFolder } from './file-name.ts';

export async function serveFile(request: Request, redirects: Redirects<Request>): Promise<number> {
  const isRead = request.method === 'GET' || request.method === 'HEAD' || request.method === 'POST';
  if (request.uri.endsWith('/')) return isRead ? serveIndex(request, redirects) : forbidFolder(request);
  if (!isRead) return 405;
  const name = fileNameOf(request);
  const file = await openFile(request, name);
  if (typeof file === 'number') return file;
  try {
    return await answerWith(request, file, await file.stat());
  } finally {
    await file.close();
  }
}

async function answerWith(request: Request, file: FileHandle, found: Stats): Promise<number> {
  if (found.isDirectory()) {
    const args = request.args === '' ? '' : `?${request.args}`;
    setLocation(request, `${escapeUri(request.uri, 'uri')}/${args}`);
    return 301;
  }
  if (!found.isFile()) return 404;
  if (request.method === 'POST') return 405;
  request.body.invite(request);
  return sendFile(request, file, found);
}

async function sendFile(request: Request, file: FileHandle, { size, mtimeMs }: Stats): Promise<number> {
  const { out, location } = request;
  const modified = Math.floor(mtimeMs / 1000);
  out.status = 200;
  out.contentLength = size;
  out.lastModified = modified;
  if (location.etag) addHeader(request, 'ETag', `"${modified.toString(16)}-${size.toString(16)}"`);
  setContentType(request);
  request.allowRanges = true;
  const other = sendHead(request);
  if (other !== undefined) return other;
  if (!request.headerOnly) await sendParts(request, file, out.ranges ?? [{ start: 0, end: size }]);
  await endBody(request);
  return outcome.done;
}

async function sendParts(request: Request, file: FileHandle, parts: readonly ByteRange[]): Promise<void> {
  const { sink } = request;
  for (const part of parts) {
    if (parts.length > 1) await sink.write(request, Buffer.from(multipartText(request, part), 'latin1'));
    if (part.start >= part.end) continue;
    let left = part.end - part.start;
    const range = { start: part.start, end: part.end - 1, highWaterMark: 64 * 1024, autoClose: false };
    for await (const chunk of file.createReadStream(range)) {
      left -= (chunk as Buffer).length;
      await sink.write(request, chunk as Buffer);
    }
    // The length has been told: the client would take the next response for the rest of the file.
    if (left > 0) throw new Error('a file has become shorter while it was sent');
  }
  if (parts.length > 1) await sink.write(request, Buffer.from(multipartText(request, undefined), 'latin1'));
}

async function serveIndex(request: Request, redirects: Redirects<Request>): Promise<number> {
  const { location } = request;
  for (const index of location.index) {
    const name = index.of(request);
    if (name.startsWith('/')) return redirects.internal(request, name, request.args);
    if (name === '') continue;
    if (leavesFolder(request, `${fileNameOf(request)}${name}`))
      return outside(request, `${fileNameOf(request)}${name}`);
    const found = await statOf(`${fileNameOf(request)}${name}`);
    if (typeof found === 'string') {
      if (found !== 'ENOENT') return whyNot(request, `${fileNameOf(request)}${name}`, found);
      continue;
    }
    if (found.isDirectory()) continue;
    return redirects.internal(request, `${request.uri}${name}`, request.args);
  }
  const folder = fileNameOf(request);
  if (leavesFolder(request, folder)) return outside(request, folder);
  const found = await statOf(folder);
  if (typeof found === 'string') return whyNot(request, folder, found, `"${folder}" is not found`);
  return forbidFolder(request);
}

function forbidFolder(request: Request): number {
  logError(request, 'error', `directory index of "${fileNameOf(request)}" is forbidden`);
  return 403;
}

async function statOf(name: string): Promise<Stats | string> {
  try {
    return await stat(toPath(name));
  } catch (error) {
    return systemCodeOf(error) ?? 'EIO';
  }
}

/** The file, or the status that says why it cannot be had. What may not be read is found before anything is sent. */
async function openFile(request: Request, name: string): Promise<FileHandle | number> {
  if (name.includes('\0')) return 404;
  if (leavesFolder(request, name)) return outside(request, name);
  try {
    // A pipe must not hold the request until somebody writes to it.
    return await open(toPath(name), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return whyNot(request, name, systemCodeOf(error) ?? 'EIO');
  }
}

function outside(request: Request, name: string): number {
  logError(request, 'error', `"${name}" leads out of its folder`);
  return 403;
}

const systemTexts: Readonly<Record<string, string>> = {
  ENOENT: '2: No such file or directory',
  ENOTDIR: '20: Not a directory',
  EACCES: '13: Permission denied',
  ENAMETOOLONG: '36: File name too long',
};

function whyNot(request: Request, name: string, code: string, what = `open() "${name}" failed`): number {
  const missing = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
  const forbidden = code === 'EACCES' || code === 'EPERM';
  if (!missing || request.location.logNotFound) {
    logError(request, missing || forbidden ? 'error' : 'crit', `${what} (${systemTexts[code] ?? code})`);
  }
  return missing ? 404 : forbidden ? 403 : 500;
}

/** Whether there is such a file, or for a name that ends in a slash such a folder. */
export async function exists(name: string, folder: boolean): Promise<boolean> {
  const found = await statOf(name);
  return typeof found !== 'string' && found.isDirectory() === folder;
}
