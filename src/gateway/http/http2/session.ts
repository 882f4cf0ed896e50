// A connection of HTTP/2 (RFC 9113) as nginx keeps it (ngx_http_v2.c): frames in, requests as lists of fields out. What a
// client sends wrong ends the stream or the connection with the code that nginx gives it.

import type { Duplex } from 'node:stream';
import { messageOf } from '../../../errors.ts';
import { CompressionFault, decodeFields, FieldTooLong } from './decode-fields.ts';
import { encodeFields } from './encode-fields.ts';
import {
  code,
  flag,
  frame,
  frameHead,
  Http2Fault,
  headBytes,
  maxFrameBytes,
  maxWindow,
  printFrame,
  printSettings,
  setting,
  uint32,
  usualFrameBytes,
  usualWindow,
} from './frames.ts';
import { createHeaderTable, type Field } from './header-table.ts';
import { createStream, type Http2Stream, type StreamOwner, type StreamState } from './stream.ts';

export interface Http2SessionOptions {
  readonly concurrentStreams: number;
  /** What of a body may come before somebody asks for it. */
  readonly prereadBytes: number;
  readonly fieldBytes: number;
  readonly headBytes: number;
  readonly headerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** A request has come. Its stream counts as long as the promise is open. */
  readonly onRequest: (stream: Http2Stream, fields: readonly Field[]) => Promise<void>;
  /** What was wrong with the connection. */
  readonly onFault: (text: string) => void;
}

export interface Http2Session {
  /** No more requests; it ends when those that are there are done. */
  shutdown(): void;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** nginx's `http2_chunk_size`. */
const chunkBytes = 8192;
/** Of answers to what the client only asks to be answered. */
const mostPendingBytes = 1024 * 1024;

interface Block {
  readonly id: number;
  readonly endStream: boolean;
  readonly parts: Buffer[];
  length: number;
}

export function createHttp2Session(socket: Duplex, options: Http2SessionOptions): Http2Session {
  const { concurrentStreams, prereadBytes, fieldBytes, headBytes: mostHeadBytes } = options;
  const streams = new Map<number, StreamState>();
  const table = createHeaderTable();
  const mostBlockBytes = 4 * mostHeadBytes + 64 * 1024;
  let buffer: Buffer = Buffer.alloc(0);
  let begun = false;
  let over = false;
  let goaway = false;
  let lastId = 0;
  let processing = 0;
  let newStreams = 0;
  let refused = 0;
  let block: Block | undefined;
  let data: { id: number; left: number; padding: number; endStream: boolean } | undefined;
  let receiveWindow = maxWindow;
  let sendWindow = usualWindow;
  let initialSendWindow = usualWindow;
  let frameBytes = usualFrameBytes;
  let tableResized = false;
  let priorities = 0;
  let totalBytes = 0;
  let payloadBytes = 0;
  const ready = new Set<StreamState>();
  let flushing = false;

  let idle: NodeJS.Timeout | undefined;
  const setIdle = (): void => {
    const ms = block === undefined && lastId > 0 ? options.idleTimeoutMs : options.headerTimeoutMs;
    clearTimeout(idle);
    if (processing === 0 || block !== undefined) idle = setTimeout(() => finish(code.none), Math.min(ms, 2 ** 31 - 1));
  };

  function put(bytes: Buffer): void {
    if (over) return;
    totalBytes += bytes.length;
    socket.write(bytes);
    if (socket.writableLength > mostPendingBytes) destroy();
  }
  function destroy(): void {
    over = true;
    clearTimeout(idle);
    socket.destroy();
    closeAll();
  }
  function closeAll(): void {
    for (const state of [...streams.values()]) state.close();
    streams.clear();
    ready.clear();
  }
  /** GOAWAY, and the end. */
  function finish(errorCode: number): void {
    if (over) return;
    put(printFrame(frame.goaway, 0, 0, uint32(lastId, errorCode)));
    over = true;
    clearTimeout(idle);
    socket.end();
    closeAll();
    // What the client still sends is read away for a while, so that it can read the reason.
    const wait = setTimeout(() => socket.destroy(), 5000);
    socket.once('close', () => clearTimeout(wait));
    socket.resume();
  }
  function shutdown(): void {
    if (over || goaway) return;
    goaway = true;
    put(printFrame(frame.goaway, 0, 0, uint32(lastId, code.none)));
    endWhenDone();
  }
  function endWhenDone(): void {
    if (over || !goaway || processing > 0) return;
    over = true;
    clearTimeout(idle);
    socket.end();
    const wait = setTimeout(() => socket.destroy(), 5000);
    socket.once('close', () => clearTimeout(wait));
    socket.resume();
  }

  const owner: StreamOwner = {
    grant(state, bytes) {
      state.receiveWindow += bytes;
      put(printFrame(frame.windowUpdate, 0, state.stream.id, uint32(bytes)));
    },
    sendHead(state, fields, last) {
      const bytes = encodeFields(fields, tableResized);
      tableResized = false;
      sendBlock(state.stream.id, bytes, last);
      if (last) leave(state);
    },
    wake(state) {
      ready.add(state);
      if (flushing) return;
      flushing = true;
      // What is written in one turn goes out in one frame, its end included.
      setImmediate(flush);
    },
    reset: resetStream,
  };

  function sendBlock(id: number, bytes: Buffer, last: boolean): void {
    let type: number = frame.headers;
    for (let at = 0; at === 0 || at < bytes.length; at += frameBytes) {
      const piece = bytes.subarray(at, at + frameBytes);
      const end = at + frameBytes >= bytes.length ? flag.endHeaders : 0;
      put(printFrame(type, end | (last && type === frame.headers ? flag.endStream : 0), id, piece));
      type = frame.continuation;
    }
  }
  function flush(): void {
    flushing = false;
    if (over || ready.size === 0) return;
    socket.cork();
    const moved = new Set<StreamState>();
    for (const state of ready) {
      if (socket.writableNeedDrain) break;
      ready.delete(state);
      const piece = state.next(Math.min(chunkBytes, frameBytes, sendWindow));
      if (piece === undefined) continue;
      const { chunk, last, trailers } = piece;
      const { id } = state.stream;
      sendWindow -= chunk.length;
      payloadBytes += chunk.length;
      const endsWithData = last && trailers.length === 0;
      if (chunk.length > 0 || endsWithData) {
        put(frameHead(frame.data, endsWithData ? flag.endStream : 0, id, chunk.length));
        if (chunk.length > 0) put(chunk);
      }
      if (last && !endsWithData) sendBlock(id, encodeFields(trailers, tableResized), true);
      moved.add(state);
      if (last) leave(state);
      else ready.add(state);
    }
    socket.uncork();
    for (const state of moved) state.progress();
  }
  /** The response is done: a body that nobody has read is not waited for. */
  function leave(state: StreamState): void {
    state.progress();
    const { stream } = state;
    if (!stream.inClosed) put(printFrame(frame.rstStream, 0, stream.id, uint32(code.none)));
    closeStream(state);
  }
  function closeStream(state: StreamState): void {
    ready.delete(state);
    streams.delete(state.stream.id);
    state.close();
  }
  function resetStream(state: StreamState, errorCode: number): void {
    put(printFrame(frame.rstStream, 0, state.stream.id, uint32(errorCode)));
    closeStream(state);
  }

  function takeHeaders(flags: number, id: number, payload: Buffer): void {
    let content = unpadded(flags, payload);
    if (content.length === 0) throw new Http2Fault('client sent HEADERS frame with incorrect length 0', code.frameSize);
    if ((flags & flag.priority) !== 0) {
      if (content.length < 5) throw new Http2Fault('client sent HEADERS frame with incorrect length', code.frameSize);
      if ((content.readUInt32BE(0) & 0x7fffffff) === id) {
        throw new Http2Fault(`client sent HEADERS frame for stream ${id} with incorrect dependency`);
      }
      content = content.subarray(5);
    }
    const known = streams.get(id);
    if (known === undefined || known.stream.inClosed) {
      if (id % 2 === 0 || id <= lastId) {
        throw new Http2Fault(`client sent HEADERS frame with incorrect identifier ${id}, the last was ${lastId}`);
      }
      if (!goaway) lastId = id;
    }
    block = { id, endStream: (flags & flag.endStream) !== 0, parts: [], length: 0 };
    addToBlock(flags, content);
  }
  function addToBlock(flags: number, content: Buffer): void {
    if (block === undefined) return;
    block.parts.push(content);
    block.length += content.length;
    // Empty frames count, too: each costs something (CONTINUATION flood).
    if (block.length > mostBlockBytes || block.parts.length > 1000) {
      throw new Http2Fault('client sent too large header', code.enhanceYourCalm);
    }
    if ((flags & flag.endHeaders) === 0) {
      // One time for the whole head, however many pieces it comes in.
      if (block.parts.length === 1) setIdle();
      return;
    }
    const { id, endStream, parts } = block;
    block = undefined;
    takeBlock(id, endStream, Buffer.concat(parts));
    setIdle();
  }
  function takeBlock(id: number, endStream: boolean, bytes: Buffer): void {
    const fields: Field[] = [];
    let room = mostHeadBytes;
    try {
      decodeFields(bytes, table, fieldBytes, (field) => {
        if (field.name === '') throw new Http2Fault('client sent zero header name length');
        room -= field.name.length + field.value.length;
        payloadBytes += field.name.length + field.value.length;
        if (room < 0) throw new FieldTooLong('the header is too long');
        fields.push(field);
      });
    } catch (error) {
      if (error instanceof CompressionFault) {
        throw new Http2Fault(`client sent a bad header block: ${error.message}`, error.code);
      }
      if (error instanceof FieldTooLong)
        throw new Http2Fault('client sent too large header field', code.enhanceYourCalm);
      throw error;
    }
    if (goaway) return;
    const known = streams.get(id);
    if (known !== undefined) {
      // Trailers: nothing is made of them.
      if (!endStream) throw new Http2Fault(`client sent HEADERS frame with incorrect identifier ${id}`);
      known.receiveEnd();
      return;
    }
    newStreams += 1;
    if (processing >= concurrentStreams || newStreams > 2 * concurrentStreams) {
      refused += 1;
      if (refused > Math.max(100, concurrentStreams))
        throw new Http2Fault('client sent too many refused streams', code.none);
      put(printFrame(frame.rstStream, 0, id, uint32(code.refusedStream)));
      return;
    }
    const state = createStream(id, owner, { receive: prereadBytes, send: initialSendWindow });
    if (endStream) state.receiveEnd();
    streams.set(id, state);
    processing += 1;
    setIdle();
    const request = options
      .onRequest(state.stream, fields)
      .catch((error: unknown) => options.onFault(messageOf(error)));
    void request.finally(() => {
      processing -= 1;
      refused = 0;
      if (over) return;
      // Where nothing was answered, the client learns that nothing will be.
      if (!state.stream.closed) resetStream(state, code.internal);
      setIdle();
      endWhenDone();
    });
  }
  function takeDataHead(flags: number, id: number, length: number): number {
    let size = length;
    let padding = 0;
    let taken = 0;
    if ((flags & flag.padded) !== 0) {
      if (length === 0) throw new Http2Fault('client sent padded DATA frame with incorrect length: 0', code.frameSize);
      padding = buffer[headBytes] as number;
      taken = 1;
      if (padding >= length)
        throw new Http2Fault(`client sent padded DATA frame with incorrect length: ${length}, padding: ${padding}`);
      size = length - 1 - padding;
    }
    if (id === 0) throw new Http2Fault('client sent DATA frame with incorrect identifier');
    if (length > receiveWindow) throw new Http2Fault('client violated connection flow control', code.flowControl);
    receiveWindow -= length;
    if (receiveWindow < maxWindow / 4) {
      put(printFrame(frame.windowUpdate, 0, 0, uint32(maxWindow - receiveWindow)));
      receiveWindow = maxWindow;
    }
    const state = streams.get(id);
    if (state !== undefined && !acceptsData(state, id, length)) data = { id: 0, left: size, padding, endStream: false };
    else data = { id, left: size, padding, endStream: (flags & flag.endStream) !== 0 };
    return taken;
  }
  function acceptsData(state: StreamState, id: number, length: number): boolean {
    if (length > state.receiveWindow) {
      options.onFault(`client violated flow control for stream ${id}`);
      resetStream(state, code.flowControl);
      return false;
    }
    state.receiveWindow -= length;
    if (state.stream.inClosed) {
      options.onFault(`client sent DATA frame for half-closed stream ${id}`);
      resetStream(state, code.streamClosed);
      return false;
    }
    return true;
  }
  /** Of a long frame what is there is passed on at once. False: more has to come. */
  function takeData(): boolean {
    if (data === undefined) return true;
    const { id } = data;
    const piece = buffer.subarray(0, data.left);
    buffer = buffer.subarray(piece.length);
    data.left -= piece.length;
    payloadBytes += piece.length;
    const state = streams.get(id);
    if (piece.length > 0) state?.receive(Buffer.from(piece));
    if (data.left > 0) return false;
    const filler = Math.min(data.padding, buffer.length);
    buffer = buffer.subarray(filler);
    data.padding -= filler;
    if (data.padding > 0) return false;
    if (data.endStream) state?.receiveEnd();
    data = undefined;
    return true;
  }

  function takeSettings(flags: number, payload: Buffer): void {
    if ((flags & flag.ack) !== 0) {
      if (payload.length !== 0)
        throw new Http2Fault('client sent SETTINGS frame with the ACK flag and nonzero length', code.frameSize);
      return;
    }
    if (payload.length % 6 !== 0)
      throw new Http2Fault(`client sent SETTINGS frame with incorrect length ${payload.length}`, code.frameSize);
    let delta = 0;
    for (let at = 0; at < payload.length; at += 6) {
      const value = payload.readUInt32BE(at + 2);
      const wrong = (errorCode?: number): Http2Fault =>
        new Http2Fault(`client sent SETTINGS frame with incorrect value ${value}`, errorCode);
      switch (payload.readUInt16BE(at)) {
        case setting.initialWindow:
          if (value > maxWindow) throw wrong(code.flowControl);
          delta += value - initialSendWindow;
          initialSendWindow = value;
          break;
        case setting.frameSize:
          if (value > maxFrameBytes || value < usualFrameBytes) throw wrong();
          frameBytes = value;
          break;
        case setting.enablePush:
          if (value > 1) throw wrong();
          break;
        case setting.tableSize:
          tableResized = true;
      }
    }
    put(printFrame(frame.settings, flag.ack, 0, Buffer.alloc(0)));
    if (delta === 0) return;
    for (const state of [...streams.values()]) {
      if (state.sendWindow + delta > maxWindow) resetStream(state, code.flowControl);
      else {
        state.sendWindow += delta;
        if (state.sendWindow > 0) owner.wake(state);
      }
    }
  }
  function takeWindowUpdate(id: number, payload: Buffer): void {
    if (payload.length !== 4)
      throw new Http2Fault(`client sent WINDOW_UPDATE frame with incorrect length ${payload.length}`, code.frameSize);
    const increment = payload.readUInt32BE(0) & 0x7fffffff;
    const state = streams.get(id);
    if (id !== 0 && state === undefined) return;
    if (increment === 0) {
      throw new Http2Fault('client sent WINDOW_UPDATE frame with incorrect window increment 0');
    }
    if (state !== undefined) {
      if (increment > maxWindow - state.sendWindow) {
        resetStream(state, code.flowControl);
        return;
      }
      state.sendWindow += increment;
      owner.wake(state);
      return;
    }
    if (increment > maxWindow - sendWindow) {
      throw new Http2Fault('client violated connection flow control: WINDOW_UPDATE', code.flowControl);
    }
    sendWindow += increment;
    for (const one of streams.values()) owner.wake(one);
  }
  function takePriority(id: number, payload: Buffer): void {
    priorities += 1;
    if (priorities > 100 * concurrentStreams + 1000)
      throw new Http2Fault('client sent too many PRIORITY frames', code.enhanceYourCalm);
    if (payload.length !== 5)
      throw new Http2Fault(`client sent PRIORITY frame with incorrect length ${payload.length}`, code.frameSize);
    if (id === 0) throw new Http2Fault('client sent PRIORITY frame with incorrect identifier');
    if ((payload.readUInt32BE(0) & 0x7fffffff) !== id) return;
    throw new Http2Fault(`client sent PRIORITY frame for stream ${id} with incorrect dependency`);
  }
  function takeReset(id: number, payload: Buffer): void {
    if (payload.length !== 4)
      throw new Http2Fault(`client sent RST_STREAM frame with incorrect length ${payload.length}`, code.frameSize);
    if (id === 0) throw new Http2Fault('client sent RST_STREAM frame with incorrect identifier');
    const state = streams.get(id);
    if (state !== undefined) closeStream(state);
  }
  function takeFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (block !== undefined && (type !== frame.continuation || id !== block.id)) {
      throw new Http2Fault('client sent unexpected frame while CONTINUATION was expected');
    }
    if (id !== 0 && (type === frame.ping || type === frame.settings)) {
      throw new Http2Fault(`client sent ${type === frame.ping ? 'PING' : 'SETTINGS'} frame with incorrect identifier`);
    }
    switch (type) {
      case frame.headers:
        takeHeaders(flags, id, payload);
        return;
      case frame.continuation:
        if (block === undefined) throw new Http2Fault('client sent unexpected CONTINUATION frame');
        addToBlock(flags, payload);
        return;
      case frame.settings:
        takeSettings(flags, payload);
        return;
      case frame.windowUpdate:
        takeWindowUpdate(id, payload);
        return;
      case frame.priority:
        takePriority(id, payload);
        return;
      case frame.rstStream:
        takeReset(id, payload);
        return;
      case frame.ping:
        if (payload.length !== 8)
          throw new Http2Fault(`client sent PING frame with incorrect length ${payload.length}`, code.frameSize);
        if ((flags & flag.ack) === 0) put(printFrame(frame.ping, flag.ack, 0, Buffer.from(payload)));
        return;
      case frame.pushPromise:
        throw new Http2Fault('client sent PUSH_PROMISE frame');
    }
  }
  function takeAll(): void {
    if (!begun) {
      const length = Math.min(preface.length, buffer.length);
      if (!buffer.subarray(0, length).equals(preface.subarray(0, length)))
        throw new Http2Fault('invalid connection preface');
      if (length < preface.length) return;
      buffer = buffer.subarray(length);
      begun = true;
    }
    while (!over) {
      if (data !== undefined && !takeData()) return;
      if (buffer.length < headBytes) return;
      const length = buffer.readUIntBE(0, 3);
      const type = buffer[3] as number;
      const flags = buffer[4] as number;
      const id = buffer.readUInt32BE(5) & 0x7fffffff;
      if (type === frame.data && block === undefined) {
        const prefix = headBytes + ((flags & flag.padded) !== 0 && length > 0 ? 1 : 0);
        if (buffer.length < prefix) return;
        const taken = takeDataHead(flags, id, length);
        buffer = buffer.subarray(headBytes + taken);
        continue;
      }
      if (type > frame.continuation && block === undefined) {
        // What is not known is read away.
        data = { id: 0, left: length, padding: 0, endStream: false };
        buffer = buffer.subarray(headBytes);
        continue;
      }
      if (length > mostBlockBytes) throw new Http2Fault('client sent a frame that is too long', code.frameSize);
      if (buffer.length < headBytes + length) return;
      const payload = buffer.subarray(headBytes, headBytes + length);
      buffer = buffer.subarray(headBytes + length);
      takeFrame(type, flags, id, payload);
    }
  }
  function onData(chunk: Buffer): void {
    if (over) return;
    newStreams = 0;
    totalBytes += chunk.length;
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    try {
      takeAll();
      // Frames that carry nothing, again and again.
      if (totalBytes / 8 > payloadBytes + 1_048_576) throw new Http2Fault('http2 flood detected', code.none);
    } catch (error) {
      options.onFault(messageOf(error));
      // A fault of ours ends this connection, not the process and everybody else's.
      finish(error instanceof Http2Fault ? error.code : code.internal);
    }
  }

  socket.on('data', onData);
  socket.on('drain', flush);
  socket.on('error', () => {});
  socket.once('end', destroy);
  socket.once('close', destroy);
  put(
    Buffer.concat([
      printSettings([
        [setting.concurrentStreams, concurrentStreams],
        [setting.initialWindow, prereadBytes],
        [setting.frameSize, maxFrameBytes],
      ]),
      printFrame(frame.windowUpdate, 0, 0, uint32(maxWindow - usualWindow)),
    ]),
  );
  setIdle();
  if (socket.isPaused()) socket.resume();
  return { shutdown };
}

function unpadded(flags: number, payload: Buffer): Buffer {
  if ((flags & flag.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined)
    throw new Http2Fault('client sent padded HEADERS frame with incorrect length: 0', code.frameSize);
  if (padding >= payload.length) throw new Http2Fault('client sent padded HEADERS frame with incorrect length');
  return payload.subarray(1, payload.length - padding);
}
