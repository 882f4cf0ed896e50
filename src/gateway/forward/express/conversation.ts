// One client's connection on the express lane: heads are read off it one by one, each request is forwarded, its response
// written, and only then the next head looked at. What is more than a plain request goes, with its bytes and all that
// follows, to the standard lane.

import type { Socket } from 'node:net';
import { type ErrorCode, MutualError, messageOf } from '../../../errors.ts';
import { BodyReader } from '../../accept/http1/body-reader.ts';
import type { ParsedRequestHead, RequestHeadParser } from '../../accept/http1/request-head-parser.ts';
import type { Permit } from '../../authorize/decision.ts';
import type { UpstreamAttempt } from '../exchange.ts';
import { noteFailure } from '../forwarding.ts';
import { createHeaderSlot } from '../headers/request-headers.ts';
import type { LiveExchange } from '../live-exchange.ts';
import type { Timed, TimeLimit } from '../timeouts.ts';
import { isIdempotent } from '../transport.ts';
import type { Ask } from '../upstream/ask.ts';
import type { AttemptEvents, AttemptOptions } from '../upstream/attempt.ts';
import type { Delivery, DeliveryHandler, Executor } from '../upstream/delivery.ts';
import { framingOf } from '../upstream/send-request.ts';
import { ExpressAttempt, type ExpressRequest, type ExpressTools } from './express-attempt.ts';
import type { ParsedResponseHead } from './response-head-parser.ts';
import { ResponseSender, type SenderTools } from './response-sender.ts';
import type { ExpressClient, ExpressStages } from './stages.ts';

/** What the conversations of a lane share. */
export interface ConversationTools extends ExpressTools, SenderTools {
  readonly parseRequest: RequestHeadParser;
}

/** Bytes that are read ahead of the request that is being served, so that the end of the connection is noticed. */
const mostAhead = 65_536;

/** A head in more pieces than this is read by the standard lane, which does not begin anew with each of them. */
const mostPieces = 16;

/** How long an upload that nobody wants is still read; nginx's `lingering_timeout`. */
const lingerMs = 5000;

const lastChunk = Buffer.from('0\r\n\r\n');

/** `lingering`: the response is written, the rest of the request is read and thrown away. */
type Phase = 'head' | 'exchange' | 'flushing' | 'lingering' | 'over';

type Persistence = 'keep' | 'close' | 'asked';

export class Conversation<Client extends ExpressClient>
  implements Timed, Ask, ExpressRequest, Executor<ParsedResponseHead>, DeliveryHandler<ParsedResponseHead>
{
  timeLimit: TimeLimit | undefined = undefined;
  // What is asked of the upstream, of the request that is being served.
  repeatable = false;
  hashKey: string | undefined = undefined;
  connectTimeoutMs: number | undefined = undefined;
  responseTimeoutMs: number | undefined = undefined;
  method = '';
  headText = '';
  hasBody = false;

  readonly #client: Client;
  readonly #stream: Socket;
  readonly #stages: ExpressStages<Client>;
  readonly #tools: ConversationTools;
  readonly #sender: ResponseSender;
  readonly #slot = createHeaderSlot();
  #phase: Phase = 'head';
  /** Bytes that have been read and not yet looked at, or not to the end. */
  #carry: Buffer | undefined = undefined;
  #pieces = 0;
  #reading = false;
  #requests = 0;
  /** How much longer the connection may be kept unused than the time limit that is set says. */
  #idleLeftMs = 0;
  #whole: Timed | undefined = undefined;

  #exchange: LiveExchange | undefined = undefined;
  #head: ParsedRequestHead | undefined = undefined;
  #body: BodyReader | undefined = undefined;
  /** What the head announces. */
  #length: number | undefined = undefined;
  #maxBodyBytes = 0;
  #bodyIdleTimeoutMs = 0;
  #delivery: Delivery<ParsedResponseHead> | undefined = undefined;
  #attempt: ExpressAttempt | undefined = undefined;
  /** Where the body goes, while it goes anywhere. */
  #sink: ExpressAttempt | undefined = undefined;
  #responding = false;
  /** The client does not take what is written to it. */
  #blocked = false;
  #persistence: Persistence = 'keep';

  constructor(client: Client, stages: ExpressStages<Client>, tools: ConversationTools) {
    this.#client = client;
    this.#stream = client.connection.stream as Socket;
    this.#stages = stages;
    this.#tools = tools;
    this.#sender = new ResponseSender(this.#stream, tools);
  }

  begin(): void {
    const { headTimeoutMs } = this.#stages.limits();
    this.#tools.timeouts.start(this, headTimeoutMs);
    this.#stream.on('data', this.#onData).on('drain', this.#onDrain).on('close', this.#onClose).on('error', ignore);
    if (this.#stream.isPaused()) this.#stream.resume();
  }

  // ---- what the client sends ---------------------------------------------------------------------------------------

  readonly #onData = (bytes: Buffer): void => {
    switch (this.#phase) {
      case 'head':
        if (this.#stream.writableEnded) return;
        this.#carry = this.#carry === undefined ? bytes : Buffer.concat([this.#carry, bytes]);
        this.#readHeads();
        return;
      case 'exchange':
      case 'flushing':
        if (this.#sink !== undefined && this.#carry === undefined) this.#readBody(bytes, 0);
        else this.#keep(bytes);
        return;
      case 'lingering':
        this.#skipBody(bytes);
        return;
      case 'over':
    }
  };

  /** For later. Reads on for some while, so that the end of the connection is noticed. */
  #keep(bytes: Buffer): void {
    this.#carry = this.#carry === undefined ? bytes : Buffer.concat([this.#carry, bytes]);
    if (this.#carry.length > mostAhead) this.#stream.pause();
  }

  /** One after the other, for as long as each is done with at once. */
  #readHeads(): void {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#phase === 'head' && this.#carry !== undefined && this.#readHead(this.#carry));
    this.#reading = false;
  }

  /** @returns whether there is more to do with what has been read */
  #readHead(bytes: Buffer): boolean {
    const head = this.#tools.parseRequest(bytes, 0);
    if (head.kind === 'head') {
      this.#pieces = 0;
      this.#serve(head, bytes);
      return true;
    }
    this.#pieces += 1;
    if (head.kind !== 'incomplete') this.#handOver(bytes, head.reason);
    else if (this.#pieces > mostPieces) this.#handOver(bytes, 'a head in many pieces');
    else if (this.#pieces === 1) {
      if (this.#requests > 0) this.#tools.timeouts.start(this, this.#stages.limits().headTimeoutMs);
      this.#limitRequest();
    }
    return false;
  }

  /** For the whole request to arrive, head and body. */
  #limitRequest(): void {
    const { requestTimeoutMs } = this.#stages.limits();
    if (requestTimeoutMs <= 0) return;
    this.#whole ??= { timeLimit: undefined, onTimeout: () => this.#requestTimeout() };
    if (this.#whole.timeLimit?.list === undefined) this.#tools.timeouts.start(this.#whole, requestTimeoutMs);
  }

  #stopLimit(): void {
    if (this.#whole !== undefined) this.#tools.timeouts.stop(this.#whole);
  }

  #requestTimeout(): void {
    if (this.#phase === 'head') this.#headTimeout();
    else this.#bodyBroke('the request took too long to arrive', 'request-timeout');
  }

  #handOver(bytes: Buffer, reason: string): void {
    this.#leave();
    const stream = this.#stream;
    // The client has ended it: there is nobody to answer.
    if (stream.readableEnded || stream.writableEnded) return;
    stream.pause();
    stream.unshift(bytes);
    this.#stages.handOver(this.#client, reason);
    stream.resume();
  }

  /** Nothing that happens on the connection is looked at any more. */
  #leave(): void {
    this.#phase = 'over';
    this.#carry = undefined;
    this.#tools.timeouts.stop(this);
    this.#stopLimit();
    this.#stream.off('data', this.#onData).off('drain', this.#onDrain).off('close', this.#onClose).off('error', ignore);
  }

  // ---- the request -------------------------------------------------------------------------------------------------

  #serve(head: ParsedRequestHead, bytes: Buffer): void {
    const decision = this.#stages.judge(this.#client, head);
    if (decision === undefined) {
      this.#handOver(bytes, 'a head that is refused, or a route of the standard lane');
      return;
    }
    this.#tools.timeouts.stop(this);
    this.#phase = 'exchange';
    this.#requests += 1;
    this.#carry = head.end < bytes.length ? bytes.subarray(head.end) : undefined;
    this.#head = head;
    this.#responding = false;
    const exchange = this.#stages.begin(this.#client, head, decision);
    this.#exchange = exchange;
    exchange.lane = 'express';
    try {
      this.#readFraming(head);
      if (decision.kind === 'denial')
        this.#refuse(decision.code, decision.reason, this.#stages.endsConnection(decision.code));
      else if (decision.route.action.kind === 'respond') this.#answer(exchange, false);
      else this.#forward(head, exchange, decision, decision.route.action.upstream);
    } catch (error) {
      // A fault of ours ends this request, not the process and everybody else's.
      this.#stages.failed(exchange, error);
      this.#delivery?.abort();
      if (this.#responding) this.#stream.destroy();
      else this.#refuse('internal', messageOf(error));
    }
  }

  #readFraming({ fields }: ParsedRequestHead): void {
    const isChunked = fields.transferEncodings.length > 0;
    const [announced] = fields.contentLengths;
    this.#length = announced === undefined ? undefined : Number(announced);
    this.hasBody = isChunked || (this.#length !== undefined && this.#length > 0);
    this.#body = undefined;
    if (!this.hasBody) return;
    const { maxHeadBytes, maxHeaders } = this.#stages.limits();
    const rules = { maxTrailerBytes: maxHeadBytes, maxTrailers: maxHeaders };
    this.#body = new BodyReader(isChunked ? 'chunked' : (this.#length ?? 0), rules);
  }

  #forward({ method }: ParsedRequestHead, exchange: LiveExchange, permit: Permit, upstreamName: string): void {
    const length = this.#length;
    const { maxBodyBytes, bodyIdleTimeoutMs } = this.#stages.bodyLimits(permit);
    this.#maxBodyBytes = maxBodyBytes;
    this.#bodyIdleTimeoutMs = bodyIdleTimeoutMs;
    const text = this.#stages.planText(exchange, permit, this.#slot);
    if (typeof text === 'object') {
      this.#refuse(text.code, text.reason, this.#stages.endsConnection(text.code));
      return;
    }
    if (maxBodyBytes > 0 && length !== undefined && length > maxBodyBytes) {
      const reason = `the client wants to send ${length} bytes, at most ${maxBodyBytes} are allowed`;
      this.#refuse('body-too-large', reason);
      return;
    }
    const [framing, framingValue] = framingOf(method, this.hasBody, length);
    const framingLine = framing === undefined ? '' : `${framing}: ${framingValue}\r\n`;
    this.method = method;
    this.headText = `${method} ${permit.target} HTTP/1.1\r\n${text}${framingLine}Connection: keep-alive\r\n\r\n`;
    this.repeatable = !this.hasBody && isIdempotent(method);
    const upstream = this.#stages.upstream(upstreamName);
    this.hashKey = this.#stages.hashKeyOf({ exchange, upstream });
    this.connectTimeoutMs = permit.route.connectTimeoutMs;
    this.responseTimeoutMs = permit.route.responseTimeoutMs;
    this.#delivery = upstream.deliver(this, this, this);
    if (this.hasBody) this.#limitRequest();
    else this.#stopLimit();
    this.#delivery.begin();
  }

  attempt(options: AttemptOptions, events: AttemptEvents<ParsedResponseHead>): ExpressAttempt {
    this.#attempt = new ExpressAttempt(options, events, this, this.#tools);
    return this.#attempt;
  }

  onAttempt(record: UpstreamAttempt): void {
    this.#exchange?.attempts.push(record);
  }

  onForward(): void {}

  onSink(sink: ExpressAttempt): void {
    this.#sink = sink;
    const bytes = this.#carry;
    this.#carry = undefined;
    if (this.#stream.isPaused()) this.#stream.resume();
    if (bytes === undefined) this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
    else this.#readBody(bytes, 0);
  }

  #readBody(bytes: Buffer, from: number): void {
    const { sink, body, exchange } = { sink: this.#sink, body: this.#body, exchange: this.#exchange };
    if (sink === undefined || body === undefined || exchange === undefined) return;
    const end = body.read(bytes, from);
    if (body.fault !== undefined) {
      this.#bodyBroke(body.fault, body.chunks?.tooLarge === true ? 'head-too-large' : 'request-invalid');
      return;
    }
    if (this.#maxBodyBytes > 0 && body.bytes > this.#maxBodyBytes) {
      this.#stopUpload();
      sink.failRequest('too-large');
      return;
    }
    exchange.requestBodyBytes = body.bytes;
    let more = true;
    for (let i = 0; i + 1 < body.spans.length; i += 2) {
      more = sink.write(bytes.subarray(body.spans[i], body.spans[i + 1]));
    }
    if (body.done) {
      if (body.chunks !== undefined) sink.write(lastChunk);
      this.#stopUpload();
      if (end < bytes.length) this.#keep(bytes.subarray(end));
      sink.endRequest();
    } else if (more) {
      if (!this.#blocked) this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
    } else {
      if (!this.#blocked) this.#tools.timeouts.stop(this);
      this.#stream.pause();
    }
  }

  #stopUpload(): void {
    this.#sink = undefined;
    this.#stopLimit();
    if (!this.#blocked) this.#tools.timeouts.stop(this);
  }

  onSinkDrain(): void {
    if (this.#sink === undefined) return;
    if (!this.#blocked) this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
    this.#stream.resume();
  }

  /** What follows is no request, and what has been forwarded no whole one. */
  #bodyBroke(fault: string, code: ErrorCode): void {
    this.#stages.bodyMalformed(this.#client, code, fault);
  }

  // ---- the response ------------------------------------------------------------------------------------------------

  onInformational(status: number, rawHeaders: readonly string[]): void {
    this.#sender.informational(status, rawHeaders);
  }

  onUpgrade(): void {}

  onResponse(head: ParsedResponseHead): void {
    const exchange = this.#exchange as LiveExchange;
    this.#responding = true;
    this.#persistence =
      this.#client.ending || this.#isBodyPending() ? 'close' : this.#head?.close === true ? 'asked' : 'keep';
    this.#sender.begin(exchange, head, this.#persistence, this.#stages.limits().idleTimeoutMs);
  }

  onResponseBytes(bytes: Buffer, body: BodyReader): void {
    (this.#exchange as LiveExchange).responseBodyBytes += body.payload;
    this.#sender.add(bytes, body);
  }

  onResponsePause(): boolean {
    if (this.#sender.flush()) return true;
    this.#blocked = true;
    this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
    return false;
  }

  readonly #onDrain = (): void => {
    if (this.#phase === 'flushing') {
      this.#complete();
      return;
    }
    if (!this.#blocked) return;
    this.#blocked = false;
    if (this.#sink === undefined) this.#tools.timeouts.stop(this);
    else this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
    this.#attempt?.resume();
  };

  onResponseEnd(body: BodyReader): void {
    this.#blocked = false;
    const isLittle = this.#sender.end(body);
    this.#sink = undefined;
    if (isLittle) {
      this.#complete();
      return;
    }
    this.#phase = 'flushing';
    this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
    // `drain` comes only where the buffer was full.
    if (!this.#stream.writableNeedDrain)
      this.#stream.write(nothing, () => this.#phase === 'flushing' && this.#complete());
  }

  onResponseBroken(error: MutualError): void {
    noteFailure(this.#exchange as LiveExchange, error.code, error.message);
    this.#sender.flush();
    // Nobody may take a part of the response for the whole.
    this.#stream.destroy();
  }

  onFailure(error: MutualError): void {
    this.#refuse(error.code, error.message);
  }

  /** The response is written. */
  #complete(): void {
    const exchange = this.#exchange as LiveExchange;
    const pending = this.#isBodyPending();
    this.#exchange = undefined;
    this.#delivery = undefined;
    this.#attempt = undefined;
    this.#head = undefined;
    this.#phase = 'head';
    this.#stages.finish(this.#client, exchange);
    if (pending) {
      this.#stream.end();
      this.#linger();
      return;
    }
    this.#body = undefined;
    this.#goOn();
  }

  /** To the next request, unless there may be none. */
  #goOn(): void {
    if (this.#persistence !== 'keep') {
      this.#end();
      return;
    }
    if (this.#stream.writableEnded) return;
    const { idleTimeoutMs, bodyIdleTimeoutMs } = this.#stages.limits();
    // A response that nobody takes holds the connection for no longer than a body would.
    const waitMs = this.#stream.writableLength > 0 ? Math.min(idleTimeoutMs, bodyIdleTimeoutMs) : idleTimeoutMs;
    this.#idleLeftMs = idleTimeoutMs - waitMs;
    this.#tools.timeouts.start(this, waitMs);
    if (this.#stream.isPaused()) this.#stream.resume();
    if (this.#carry !== undefined) this.#readHeads();
  }

  /** The last response is written; what the client sends behind it is nobody's. */
  #end(): void {
    this.#phase = 'over';
    this.#carry = undefined;
    this.#tools.timeouts.stop(this);
    this.#stopLimit();
    if (this.#stream.isPaused()) this.#stream.resume();
    this.#stream.destroySoon();
  }

  // ---- refusals ----------------------------------------------------------------------------------------------------

  #refuse(code: ErrorCode, reason: string, close = false): void {
    const exchange = this.#exchange as LiveExchange;
    noteFailure(exchange, code, reason);
    this.#sink = undefined;
    if (this.#responding) this.#stream.destroy();
    else this.#answer(exchange, close);
  }

  /** With a response of the gateway's own. */
  #answer(exchange: LiveExchange, close: boolean): void {
    this.#responding = true;
    // What of the body is here already, once somebody was to take it.
    if (this.#delivery !== undefined) this.#readAwayCarried();
    const pending = this.#isBodyPending();
    this.#persistence =
      close || pending || this.#client.ending ? 'close' : this.#head?.close === true ? 'asked' : 'keep';
    const { idleTimeoutMs } = this.#stages.limits();
    this.#sender.sendOwn(exchange, this.#stages.ownResponse(exchange), this.#persistence, idleTimeoutMs);
    // To close while bytes are still coming in would reset the connection and take the answer with it.
    if (pending) this.#linger();
    else this.#complete();
  }

  #isBodyPending(): boolean {
    return this.#body !== undefined && !this.#body.done;
  }

  #linger(): void {
    this.#phase = 'lingering';
    this.#tools.timeouts.start(this, lingerMs);
    if (this.#stream.isPaused()) this.#stream.resume();
    this.#readAwayCarried();
    this.#lookLingering();
  }

  #readAwayCarried(): void {
    const bytes = this.#carry;
    this.#carry = undefined;
    if (bytes === undefined) return;
    if (this.#isBodyPending()) this.#readAway(bytes);
    else this.#carry = bytes;
  }

  #skipBody(bytes: Buffer): void {
    this.#readAway(bytes);
    this.#lookLingering();
  }

  #lookLingering(): void {
    if (!this.#isBodyPending() || this.#body?.fault !== undefined) this.#stopLingering();
  }

  #readAway(bytes: Buffer): void {
    const body = this.#body as BodyReader;
    if (body.fault !== undefined) return;
    const end = body.read(bytes, 0);
    if (body.done && end < bytes.length) this.#carry = bytes.subarray(end);
  }

  #stopLingering(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#end();
    if (exchange !== undefined) this.#stages.finish(this.#client, exchange);
  }

  // ---- time, and the end of the connection -------------------------------------------------------------------------

  onTimeout(): void {
    switch (this.#phase) {
      case 'head':
        this.#headTimeout();
        return;
      case 'exchange':
        if (this.#blocked) {
          this.onResponseBroken(new MutualError('request-timeout', 'the client stopped reading the response'));
        } else {
          const sink = this.#sink;
          this.#sink = undefined;
          sink?.failRequest('source-stalled');
        }
        return;
      case 'flushing':
        this.onResponseBroken(new MutualError('request-timeout', 'the client stopped reading the response'));
        return;
      case 'lingering':
        this.#stopLingering();
        return;
      case 'over':
    }
  }

  #headTimeout(): void {
    if (this.#requests > 0 && this.#carry === undefined) {
      const leftMs = this.#idleLeftMs;
      this.#idleLeftMs = 0;
      if (leftMs > 0 && this.#stream.writableLength === 0) this.#tools.timeouts.start(this, leftMs);
      else this.#stream.destroy();
      return;
    }
    this.#leave();
    this.#stages.headTimedOut(this.#client);
  }

  readonly #onClose = (): void => {
    const exchange = this.#exchange;
    const isAnswered = this.#phase === 'lingering';
    this.#exchange = undefined;
    this.#leave();
    if (exchange === undefined) return;
    if (!isAnswered) {
      noteFailure(exchange, 'client-closed', 'the client closed the connection before the response was complete');
    }
    this.#delivery?.abort();
    this.#stages.finish(this.#client, exchange);
  };
}

const nothing = Buffer.alloc(0);

function ignore(): void {}
