// One request at a time on its way from a client's connection to an upstream and back: its head planned and written, its
// body passed on as fast as the upstream takes it, its response as fast as the client does. Knows nothing of what comes
// before or after that request on the connection.

import type { Socket } from 'node:net';
import { type ErrorCode, MutualError } from '../../../errors.ts';
import { BodyReader } from '../../accept/http1/body-reader.ts';
import type { ParsedRequestHead } from '../../accept/http1/request-head-parser.ts';
import type { Permit } from '../../authorize/decision.ts';
import type { UpstreamAttempt } from '../exchange.ts';
import { createHeaderSlot } from '../headers/request-headers.ts';
import type { LiveExchange } from '../live-exchange.ts';
import type { Timed, TimeLimit } from '../timeouts.ts';
import { isIdempotent } from '../transport.ts';
import type { Ask } from '../upstream/ask.ts';
import type { AttemptEvents, AttemptOptions } from '../upstream/attempt.ts';
import type { Delivery, DeliveryHandler, Executor } from '../upstream/delivery.ts';
import { framingOf } from '../upstream/send-request.ts';
import { ExpressAttempt } from './express-attempt.ts';
import type { BodySink, ExpressRequest, ExpressTools } from './express-request.ts';
import type { ParsedResponseHead } from './response-head-parser.ts';
import type { ResponseSender } from './response-sender.ts';
import type { ExpressClient, ExpressStages } from './stages.ts';

/** The connection that the request came on. */
export interface PassageWay {
  readonly stream: Socket;
  readonly sender: ResponseSender;
  /** What has been read of the body before somebody was to take it. */
  takeCarried(): Buffer | undefined;
  /** What was read behind the body. */
  keep(bytes: Buffer): void;
  /** The body has come to its end, or nobody wants the rest of it. */
  onUploadEnd(): void;
  /** The body does not keep to its framing. */
  onBodyMalformed(code: ErrorCode, fault: string): void;
  /** A head has come: it goes out with the next bytes. */
  onResponse(head: ParsedResponseHead): void;
  /** All of the response has been handed to the sender. */
  onResponseEnd(body: BodyReader): void;
  /** The response that has begun cannot be completed. */
  onResponseBroken(error: MutualError): void;
  /** There is no response and will be none. */
  onRefused(code: ErrorCode, reason: string, close: boolean): void;
}

const lastChunk = Buffer.from('0\r\n\r\n');

export class Passage<Client extends ExpressClient>
  implements Timed, Ask, ExpressRequest, Executor<ParsedResponseHead>, DeliveryHandler<ParsedResponseHead>
{
  timeLimit: TimeLimit | undefined = undefined;
  // What the upstream is asked with.
  repeatable = false;
  hashKey: string | undefined = undefined;
  connectTimeoutMs: number | undefined = undefined;
  responseTimeoutMs: number | undefined = undefined;
  method = '';
  headText = '';
  hasBody = false;

  readonly #way: PassageWay;
  readonly #stages: ExpressStages<Client>;
  readonly #tools: ExpressTools;
  readonly #slot = createHeaderSlot();
  #exchange: LiveExchange | undefined = undefined;
  #body: BodyReader | undefined = undefined;
  /** What the head announces. */
  #length: number | undefined = undefined;
  #maxBodyBytes = 0;
  #bodyIdleTimeoutMs = 0;
  #delivery: Delivery<ParsedResponseHead> | undefined = undefined;
  #attempt: ExpressAttempt | undefined = undefined;
  /** Where the body goes, while it goes anywhere. */
  #sink: BodySink | undefined = undefined;
  /** The client does not take what is written to it. */
  #blocked = false;

  constructor(way: PassageWay, stages: ExpressStages<Client>, tools: ExpressTools) {
    this.#way = way;
    this.#stages = stages;
    this.#tools = tools;
  }

  /** Whether the upstream has been asked. */
  get isForwarded(): boolean {
    return this.#delivery !== undefined;
  }

  get isBodyPending(): boolean {
    return this.#body !== undefined && !this.#body.done;
  }

  /** Whether bytes of the body are wanted now. */
  get takesBody(): boolean {
    return this.#sink !== undefined;
  }

  /** Another request; the one before is over. */
  open({ fields }: ParsedRequestHead, exchange: LiveExchange): void {
    this.#exchange = exchange;
    this.#delivery = undefined;
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

  forward({ method }: ParsedRequestHead, permit: Permit, upstreamName: string): void {
    const exchange = this.#exchange as LiveExchange;
    const length = this.#length;
    const { maxBodyBytes, bodyIdleTimeoutMs } = this.#stages.bodyLimits(permit);
    this.#maxBodyBytes = maxBodyBytes;
    this.#bodyIdleTimeoutMs = bodyIdleTimeoutMs;
    const text = this.#stages.planText(exchange, permit, this.#slot);
    if (typeof text === 'object') {
      this.#way.onRefused(text.code, text.reason, this.#stages.endsConnection(text.code));
      return;
    }
    if (maxBodyBytes > 0 && length !== undefined && length > maxBodyBytes) {
      const reason = `the client wants to send ${length} bytes, at most ${maxBodyBytes} are allowed`;
      this.#way.onRefused('body-too-large', reason, false);
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
    this.#delivery.begin();
  }

  /** Nothing more is told, and a response under way is given up. */
  abort(): void {
    this.#sink = undefined;
    this.#tools.timeouts.stop(this);
    this.#delivery?.abort();
  }

  /** Nothing is remembered of the request but, where it is still coming in, where its body ends. */
  close(): void {
    this.#exchange = undefined;
    this.#delivery = undefined;
    this.#attempt = undefined;
    this.#sink = undefined;
    this.#blocked = false;
    this.#tools.timeouts.stop(this);
  }

  // ---- the body of the request -------------------------------------------------------------------------------------

  attempt(options: AttemptOptions, events: AttemptEvents<ParsedResponseHead>): ExpressAttempt {
    this.#attempt = new ExpressAttempt(options, events, this, this.#tools);
    return this.#attempt;
  }

  onAttempt(record: UpstreamAttempt): void {
    this.#exchange?.attempts.push(record);
  }

  onForward(): void {}

  onSink(sink: BodySink): void {
    this.#sink = sink;
    const { stream } = this.#way;
    const bytes = this.#way.takeCarried();
    if (stream.isPaused()) stream.resume();
    if (bytes === undefined) this.#watch();
    else this.take(bytes);
  }

  /** Passes bytes of the body on. */
  take(bytes: Buffer): void {
    const { sink, body, exchange } = { sink: this.#sink, body: this.#body, exchange: this.#exchange };
    if (sink === undefined || body === undefined || exchange === undefined) return;
    const end = body.read(bytes, 0);
    if (body.fault !== undefined) {
      this.#way.onBodyMalformed(body.chunks?.tooLarge === true ? 'head-too-large' : 'request-invalid', body.fault);
      return;
    }
    if (this.#maxBodyBytes > 0 && body.bytes > this.#maxBodyBytes) {
      this.#stopUpload();
      // Where it is all there, what follows is the next request.
      if (body.done && end < bytes.length) this.#way.keep(bytes.subarray(end));
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
      if (end < bytes.length) this.#way.keep(bytes.subarray(end));
      sink.endRequest();
    } else if (more) {
      this.#watch();
    } else {
      if (!this.#blocked) this.#tools.timeouts.stop(this);
      this.#way.stream.pause();
    }
  }

  /** Reads bytes of a body that nobody wants any more. @returns what is behind it; undefined: nothing */
  skip(bytes: Buffer): Buffer | undefined {
    const { body } = { body: this.#body };
    if (body === undefined) return bytes;
    if (body.fault !== undefined) return undefined;
    const end = body.read(bytes, 0);
    // Where a body goes wrong, nobody knows what is behind it.
    if (body.fault !== undefined) body.done = true;
    return body.fault === undefined && body.done && end < bytes.length ? bytes.subarray(end) : undefined;
  }

  /** Limits how long the client may send nothing, unless it is waited for in the other direction. */
  #watch(): void {
    if (!this.#blocked) this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
  }

  #stopUpload(): void {
    this.#sink = undefined;
    this.#way.onUploadEnd();
    if (!this.#blocked) this.#tools.timeouts.stop(this);
  }

  onSinkDrain(): void {
    if (this.#sink === undefined) return;
    this.#watch();
    this.#way.stream.resume();
  }

  // ---- the response ------------------------------------------------------------------------------------------------

  onInformational(status: number, rawHeaders: readonly string[]): void {
    this.#way.sender.informational(status, rawHeaders);
  }

  /** Asked for by nobody; the attempt does not let it come to this. */
  onUpgrade(): void {}

  onResponse(head: ParsedResponseHead): void {
    this.#way.onResponse(head);
  }

  onResponseBytes(bytes: Buffer, body: BodyReader, isVolatile: boolean): void {
    (this.#exchange as LiveExchange).responseBodyBytes += body.payload;
    this.#way.sender.add(bytes, body, isVolatile);
  }

  onResponsePause(): boolean {
    if (this.#way.sender.flush()) return true;
    this.#blocked = true;
    this.#tools.timeouts.start(this, this.#bodyIdleTimeoutMs);
    return false;
  }

  /** The client has taken what was written. */
  onDrain(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    if (this.#sink === undefined) this.#tools.timeouts.stop(this);
    else this.#watch();
    this.#attempt?.resume();
  }

  onResponseEnd(body: BodyReader): void {
    this.#blocked = false;
    this.#sink = undefined;
    this.#way.onResponseEnd(body);
  }

  onResponseBroken(error: MutualError): void {
    this.#way.onResponseBroken(error);
  }

  onFailure(error: MutualError): void {
    this.#sink = undefined;
    this.#way.onRefused(error.code, error.message, false);
  }

  onTimeout(): void {
    if (this.#blocked) {
      this.#way.onResponseBroken(new MutualError('request-timeout', 'the client stopped reading the response'));
      return;
    }
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.failRequest('source-stalled');
  }
}
