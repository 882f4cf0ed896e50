// One attempt of the express lane to get one request answered by one server: bytes of the request onto a pooled
// connection, bytes of the response off it. Parses and checks the response; what becomes of it is decided elsewhere.

import { MutualError } from '../../../errors.ts';
import { BodyReader } from '../../accept/http1/body-reader.ts';
import type { UpstreamAttempt } from '../exchange.ts';
import type { Attempt, AttemptEvents, AttemptFailure, AttemptOptions } from '../upstream/attempt.ts';
import type { BodyFault } from '../upstream/body.ts';
import { downloadStall, uploadError } from '../upstream/body-fault.ts';
import { exchangeFailure } from '../upstream/failure.ts';
import type { Link, LinkUser } from '../upstream/link.ts';
import { keepAliveHintMs, statusFault, switchFault } from '../upstream/response-head.ts';
import type { UpstreamServer } from '../upstream/upstream-server.ts';
import type { BodySink, ExpressRequest, ExpressTools } from './express-request.ts';
import type { ParsedResponseHead } from './response-head-parser.ts';

/** Trailers of a response; Node's parser counts them with the head. */
const trailerRules = { maxTrailerBytes: 65_536, maxTrailers: 1000, mayNameCoding: true };

export class ExpressAttempt implements Attempt, BodySink, LinkUser {
  readonly #server: UpstreamServer;
  readonly #fresh: boolean;
  readonly #connectTimeoutMs: number;
  readonly #responseTimeoutMs: number;
  readonly #bodyIdleTimeoutMs: number;
  readonly #record: UpstreamAttempt;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #events: AttemptEvents<ParsedResponseHead>;
  readonly #request: ExpressRequest;
  readonly #tools: ExpressTools;
  readonly #startedMs: number;
  #link: Link | undefined = undefined;
  #cancelConnect: (() => void) | undefined = undefined;
  /** Bytes of a head that is not complete. */
  #carry: Buffer | undefined = undefined;
  #head: ParsedResponseHead | undefined = undefined;
  #body: BodyReader | undefined = undefined;
  #requestDone = false;
  #blocked = false;
  #over = false;
  /** When the head came, for as long as what came with it is being read; 0: nobody knows what time it is. */
  #headMs = 0;

  constructor(
    options: AttemptOptions,
    events: AttemptEvents<ParsedResponseHead>,
    request: ExpressRequest,
    tools: ExpressTools,
  ) {
    this.#server = options.server;
    this.#fresh = options.fresh;
    this.#connectTimeoutMs = options.connectTimeoutMs;
    this.#responseTimeoutMs = options.responseTimeoutMs;
    this.#bodyIdleTimeoutMs = options.bodyIdleTimeoutMs;
    this.#record = options.record;
    this.#now = options.now;
    this.#monotonic = options.monotonic;
    this.#events = events;
    this.#request = request;
    this.#tools = tools;
    this.#startedMs = options.monotonic();
  }

  start(): void {
    this.#server.state.inFlight += 1;
    const idle = this.#fresh ? undefined : this.#server.takeIdle();
    if (idle !== undefined) {
      this.#send(idle);
      return;
    }
    const options = { fresh: true, timeoutMs: this.#connectTimeoutMs, readInto: this.#tools.readInto };
    this.#cancelConnect = this.#server.acquire(options, (failure, link) => {
      if (failure !== undefined) this.#fail(failure, 'server', false);
      else if (link !== undefined) this.#send(link);
    });
  }

  /** Nothing more is told; a connection in use is closed. */
  abort(): void {
    if (!this.#over) this.#leave();
  }

  // ---- the request -------------------------------------------------------------------------------------------------

  #send(link: Link): void {
    this.#link = link;
    link.user = this;
    link.requests += 1;
    this.#record.connectMs = link.requests > 1 ? 0 : link.connectMs;
    link.listen();
    this.#events.onForward();
    if (this.#over) return;
    const { socket } = link;
    if (!this.#request.hasBody) {
      socket.write(this.#request.headText, 'latin1');
      this.#requestDone = true;
      // A connection that was there has taken no time.
      const sentMs = link.requests > 1 ? this.#startedMs : this.#monotonic();
      this.#tools.timeouts.start(link, this.#responseTimeoutMs, sentMs);
      return;
    }
    // What of the body has come along with the head shares its packet.
    socket.cork();
    socket.write(this.#request.headText, 'latin1');
    this.#request.onSink(this);
    socket.uncork();
  }

  write(bytes: Buffer): boolean {
    const link = this.#link as Link;
    if (link.socket.write(bytes)) return true;
    this.#tools.timeouts.start(link, this.#bodyIdleTimeoutMs);
    return false;
  }

  endRequest(): void {
    this.#requestDone = true;
    if (this.#head === undefined) this.#tools.timeouts.start(this.#link as Link, this.#responseTimeoutMs);
  }

  failRequest(fault: BodyFault): void {
    const error = uploadError(fault, this.#server.config);
    if (this.#head === undefined) this.#fail(error, fault === 'sink-stalled' ? 'server' : 'client', true);
    // Its connection goes, and with it the response: the server waits for a body that will not come.
    else this.#break(error);
  }

  onLinkDrain(): void {
    if (this.#over || this.#requestDone) return;
    if (this.#head === undefined) this.#tools.timeouts.stop(this.#link as Link);
    this.#request.onSinkDrain();
  }

  // ---- the response ------------------------------------------------------------------------------------------------

  onLinkData(bytes: Buffer): void {
    let at = 0;
    let all = bytes;
    if (this.#head === undefined) {
      if (this.#carry !== undefined) all = Buffer.concat([this.#carry, bytes]);
      at = this.#readHead(all);
      if (at === -1) return;
    }
    this.#readBody(all, at);
    this.#headMs = 0;
  }

  /** @returns the index behind the head; -1: there is nothing more to read */
  #readHead(bytes: Buffer): number {
    for (let at = 0; ; ) {
      const head = this.#tools.parseHead(bytes, at);
      if (head.kind === 'incomplete') {
        this.#carry = Buffer.from(bytes.subarray(at));
        return -1;
      }
      const fault = head.kind === 'invalid' ? invalidAnswer(bytes, at, head.reason) : this.#headFault(head);
      if (head.kind === 'invalid' || fault !== undefined) {
        this.#fail(new MutualError('upstream-invalid', `${this.#server.config.url} ${fault}`), 'server', true);
        return -1;
      }
      at = head.end;
      if (head.status < 200) {
        if (this.#requestDone) this.#tools.timeouts.start(this.#link as Link, this.#responseTimeoutMs);
        if (head.status !== 100) this.#events.onInformational(head.status, head.rawHeaders);
        if (this.#over) return -1;
        continue;
      }
      this.#carry = undefined;
      this.#begin(head);
      return this.#over ? -1 : at;
    }
  }

  #headFault({ status, rawHeaders }: ParsedResponseHead): string | undefined {
    if (status !== 101) return status >= 100 && status < 200 ? undefined : statusFault(status);
    const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'upgrade');
    return switchFault({ headers: at === -1 ? {} : { upgrade: rawHeaders[at + 1] as string } }, undefined);
  }

  #begin(head: ParsedResponseHead): void {
    const link = this.#link as Link;
    this.#head = head;
    this.#record.status = head.status;
    this.#headMs = this.#monotonic();
    this.#record.headerMs = this.#headMs - this.#startedMs;
    this.#tools.timeouts.stop(link);
    const hint = keepAliveHintMs(head.keepAlive);
    if (hint !== undefined) link.idleTimeoutMs = Math.min(link.idleTimeoutMs, hint);
    const bodyless = head.status === 204 || head.status === 304 || this.#request.method === 'HEAD';
    this.#body = new BodyReader(bodyless ? 0 : head.length, trailerRules);
    this.#events.onResponse(head);
  }

  #readBody(bytes: Buffer, from: number): void {
    const body = this.#body as BodyReader;
    const end = body.done ? from : body.read(bytes, from);
    this.#record.responseBytes += body.payload;
    if (body.spans.length > 0) this.#request.onResponseBytes(bytes, body, this.#link?.isVolatile === true);
    if (body.fault !== undefined) {
      const text = `${this.#server.config.url} does not answer in HTTP: ${body.fault}`;
      this.#break(new MutualError('upstream-invalid', text));
      return;
    }
    if (body.done) {
      // Bytes that nobody asked for would become the answer to the next request.
      this.#finish(end === bytes.length);
      return;
    }
    const more = this.#request.onResponsePause();
    if (this.#over) return;
    if (more) {
      this.#tools.timeouts.start(this.#link as Link, this.#bodyIdleTimeoutMs);
      return;
    }
    this.#blocked = true;
    this.#tools.timeouts.stop(this.#link as Link);
    this.#link?.socket.pause();
  }

  /** The client takes bytes of the response again. */
  resume(): void {
    if (!this.#blocked || this.#over) return;
    this.#blocked = false;
    this.#tools.timeouts.start(this.#link as Link, this.#bodyIdleTimeoutMs);
    this.#link?.socket.resume();
  }

  #finish(reusable: boolean): void {
    const body = this.#body as BodyReader;
    this.#leave(reusable && this.#requestDone && this.#head?.persistent === true);
    this.#request.onResponseEnd(body);
  }

  // ---- the end of the connection -----------------------------------------------------------------------------------

  onLinkEnd(): void {
    if (this.#over) return;
    if (this.#body?.end() === true) this.#finish(false);
    else this.#broken();
  }

  onLinkClose(): void {
    if (!this.#over) this.#broken();
  }

  onLinkTimeout(): void {
    if (this.#over) return;
    if (this.#head !== undefined) {
      this.#break(
        downloadStall('source-stalled', this.#server.config, this.#bodyIdleTimeoutMs) ?? this.#failureOf('stalled'),
      );
    } else if (!this.#requestDone) {
      this.#fail(uploadError('sink-stalled', this.#server.config), 'server', true);
    } else {
      const text = `${this.#server.config.url} did not answer within ${this.#responseTimeoutMs} ms`;
      this.#fail(new MutualError('upstream-timeout', text), 'server', true);
    }
  }

  #broken(): void {
    if (this.#head !== undefined) {
      this.#break(this.#failureOf('aborted'));
      return;
    }
    const failure = this.#failureOf('socket hang up');
    const broken = failure.code === 'upstream-unreachable' || failure.code === 'upstream-tls-failed';
    const stale = broken && (this.#link?.requests ?? 0) > 1;
    this.#fail(failure, 'server', true, stale);
  }

  #failureOf(what: string): MutualError {
    const facts = {
      server: this.#server.config,
      tls: this.#server.tls,
      link: this.#link as Link,
      begun: this.#head !== undefined,
      nowMs: this.#now(),
    };
    return exchangeFailure(new Error(what), facts);
  }

  /** With a response under way. */
  #break(error: MutualError): void {
    this.#noteFailure(error);
    this.#leave();
    this.#request.onResponseBroken(error);
  }

  #fail(error: MutualError, fault: AttemptFailure['fault'], sent: boolean, stale = false): void {
    if (this.#over) return;
    this.#noteFailure(error);
    this.#leave();
    this.#events.onFailure({ error, fault, sent, stale });
  }

  #noteFailure(error: MutualError): void {
    this.#record.error = error.message;
    this.#record.errorCode = error.code;
  }

  /** The attempt is over, whichever way. What is still under way on its connection is cut. */
  #leave(reusable = false): void {
    this.#over = true;
    this.#record.responseMs = (this.#headMs === 0 ? this.#monotonic() : this.#headMs) - this.#startedMs;
    this.#server.state.inFlight -= 1;
    const link = this.#link;
    if (link === undefined) this.#cancelConnect?.();
    else if (reusable) this.#server.release(link);
    else {
      link.user = undefined;
      this.#tools.timeouts.stop(link);
      link.socket.destroy();
    }
    this.#events.onOver();
  }
}

/** A TLS record: content type 21 (alert) or 22 (handshake), then major version 3 (RFC 8446 section 5.1). */
function invalidAnswer(bytes: Buffer, at: number, reason: string): string {
  if ((bytes[at] === 0x15 || bytes[at] === 0x16) && bytes[at + 1] === 0x03) {
    return 'answers with TLS: its address must begin with https://';
  }
  return reason;
}
