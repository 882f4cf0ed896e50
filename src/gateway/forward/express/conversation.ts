// One client's connection on the express lane: heads are read off it one by one, each request is served, its response
// written, and only then the next head looked at. What is more than a plain request goes, with its bytes and all that
// follows, to the standard lane.

import type { Socket } from 'node:net';
import { type ErrorCode, type MutualError, messageOf } from '../../../errors.ts';
import type { BodyReader } from '../../accept/http1/body-reader.ts';
import { FieldMemory } from '../../accept/http1/field-memory.ts';
import type { ParsedRequestHead, RequestHeadParser } from '../../accept/http1/request-head-parser.ts';
import { noteFailure } from '../forwarding.ts';
import type { LiveExchange } from '../live-exchange.ts';
import type { Timed, TimeLimit } from '../timeouts.ts';
import type { ExpressTools } from './express-request.ts';
import { LastJudgement } from './last-judgement.ts';
import { Passage, type PassageWay } from './passage.ts';
import type { ParsedResponseHead } from './response-head-parser.ts';
import { type Persistence, ResponseSender, type SenderTools } from './response-sender.ts';
import type { ExpressClient, ExpressStages } from './stages.ts';
import { WholeRequestLimit } from './whole-request-limit.ts';

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

/**
 * `head`: between two requests, or in the head of one. `flushing`: all of the response is written, and the client has
 * still to take it. `lingering`: the response is out, the rest of the request is read and thrown away.
 */
type Phase = 'head' | 'exchange' | 'flushing' | 'lingering' | 'over';

export class Conversation<Client extends ExpressClient> implements Timed, PassageWay {
  timeLimit: TimeLimit | undefined = undefined;
  readonly stream: Socket;
  readonly sender: ResponseSender;
  readonly #client: Client;
  readonly #stages: ExpressStages<Client>;
  readonly #tools: ConversationTools;
  readonly #passage: Passage<Client>;
  readonly #whole: WholeRequestLimit;
  readonly #memory = new FieldMemory();
  readonly #judgement = new LastJudgement();
  #phase: Phase = 'head';
  /** Bytes that have been read and not yet looked at, or not to the end. */
  #carry: Buffer | undefined = undefined;
  /** In which the head has come so far. */
  #pieces = 0;
  #reading = false;
  #requests = 0;
  /** How much longer the connection may be kept unused than the time limit that is set says. */
  #idleLeftMs = 0;
  #exchange: LiveExchange | undefined = undefined;
  #head: ParsedRequestHead | undefined = undefined;
  #responding = false;
  #persistence: Persistence = 'keep';

  constructor(client: Client, stages: ExpressStages<Client>, tools: ConversationTools) {
    this.#client = client;
    this.stream = client.connection.stream as Socket;
    this.#stages = stages;
    this.#tools = tools;
    this.sender = new ResponseSender(this.stream, tools, () => this.#onDrain());
    this.#passage = new Passage(this, stages, tools);
    this.#whole = new WholeRequestLimit(tools.timeouts, () => this.#requestTimeout());
  }

  begin(): void {
    this.#tools.timeouts.start(this, this.#stages.limits().headTimeoutMs);
    this.stream.on('data', this.#onData).on('drain', this.#onDrain).on('close', this.#onClose).on('error', ignore);
    if (this.stream.isPaused()) this.stream.resume();
  }

  // ---- what the client sends ---------------------------------------------------------------------------------------

  readonly #onData = (bytes: Buffer): void => {
    switch (this.#phase) {
      case 'head':
        if (this.stream.writableEnded) return;
        this.#carry = this.#carry === undefined ? bytes : Buffer.concat([this.#carry, bytes]);
        this.#readHeads();
        return;
      case 'exchange':
      case 'flushing':
        if (this.#passage.takesBody && this.#carry === undefined) this.#passage.take(bytes);
        else this.keep(bytes);
        return;
      case 'lingering':
        this.#carry = this.#passage.skip(bytes);
        this.#lookLingering();
        return;
      case 'over':
    }
  };

  keep(bytes: Buffer): void {
    this.#carry = this.#carry === undefined ? bytes : Buffer.concat([this.#carry, bytes]);
    if (this.#carry.length > mostAhead) this.stream.pause();
  }

  takeCarried(): Buffer | undefined {
    const bytes = this.#carry;
    this.#carry = undefined;
    return bytes;
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
    const head = this.#tools.parseRequest(bytes, 0, this.#memory);
    if (head.kind === 'head') {
      this.#pieces = 0;
      this.#serve(head, bytes);
      return true;
    }
    this.#pieces += 1;
    if (head.kind !== 'incomplete') this.#handOver(bytes, head.reason);
    else if (this.#pieces > mostPieces) this.#handOver(bytes, 'a head in many pieces');
    else if (this.#pieces === 1) {
      const { headTimeoutMs, requestTimeoutMs } = this.#stages.limits();
      if (this.#requests > 0) this.#tools.timeouts.start(this, headTimeoutMs);
      this.#whole.start(requestTimeoutMs);
    }
    return false;
  }

  #handOver(bytes: Buffer, reason: string): void {
    this.#leave();
    const { stream } = this;
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
    this.#stopLimits();
    this.stream.off('data', this.#onData).off('drain', this.#onDrain).off('close', this.#onClose).off('error', ignore);
  }

  #stopLimits(): void {
    this.#tools.timeouts.stop(this);
    this.#whole.stop();
  }

  // ---- one request -------------------------------------------------------------------------------------------------

  #serve(head: ParsedRequestHead, bytes: Buffer): void {
    const decision = this.#stages.judge(this.#client, head, this.#judgement);
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
    const passage = this.#passage;
    passage.open(head, exchange);
    if (passage.hasBody) this.#whole.start(this.#stages.limits().requestTimeoutMs);
    else this.#whole.stop();
    try {
      if (decision.kind === 'denial') {
        this.onRefused(decision.code, decision.reason, this.#stages.endsConnection(decision.code));
      } else if (decision.route.action.kind === 'respond') this.#answer(exchange, false);
      else {
        exchange.lane = 'express';
        passage.forward(head, decision, decision.route.action.upstream);
      }
    } catch (error) {
      // A fault of ours ends this request, not the process and everybody else's.
      this.#stages.failed(exchange, error);
      passage.abort();
      if (this.#responding) this.stream.destroy();
      else this.onRefused('internal', messageOf(error), false);
    }
  }

  onUploadEnd(): void {
    this.#whole.stop();
  }

  onBodyMalformed(code: ErrorCode, fault: string): void {
    this.#stages.bodyMalformed(this.#client, code, fault);
  }

  // ---- its response ------------------------------------------------------------------------------------------------

  onResponse(head: ParsedResponseHead): void {
    this.#responding = true;
    this.#persistence = this.#persistenceNow(this.#passage.isBodyPending);
    this.sender.begin(this.#exchange as LiveExchange, head, this.#persistence, this.#stages.limits().idleTimeoutMs);
  }

  #persistenceNow(close: boolean): Persistence {
    if (close || this.#client.ending) return 'close';
    return this.#head?.close === true ? 'asked' : 'keep';
  }

  onResponseEnd(body: BodyReader): void {
    this.#completeOnceTaken(this.sender.end(body));
  }

  /** @param isLittle whether what waits for the client to take it does not keep the next request from being served */
  #completeOnceTaken(isLittle: boolean): void {
    if (isLittle) {
      this.#complete();
      return;
    }
    this.#phase = 'flushing';
    this.#tools.timeouts.start(this, this.#stages.limits().bodyIdleTimeoutMs);
    // `drain` comes only where the buffer was full.
    if (!this.stream.writableNeedDrain) this.stream.write(nothing, this.#onDrain);
  }

  readonly #onDrain = (): void => {
    if (this.stream.destroyed) return;
    if (this.#phase === 'exchange') this.#passage.onDrain();
    else if (this.#phase === 'flushing' && this.sender.isNearlyDone) this.#complete();
  };

  onResponseBroken(error: MutualError): void {
    noteFailure(this.#exchange as LiveExchange, error.code, error.message);
    this.sender.flush();
    // Nobody may take a part of the response for the whole.
    this.stream.destroy();
  }

  onRefused(code: ErrorCode, reason: string, close: boolean): void {
    const exchange = this.#exchange as LiveExchange;
    noteFailure(exchange, code, reason);
    if (this.#responding) this.stream.destroy();
    else this.#answer(exchange, close);
  }

  /** With a response of the gateway's own. */
  #answer(exchange: LiveExchange, close: boolean): void {
    this.#responding = true;
    // What of the body is here already, once somebody was to take it.
    if (this.#passage.isForwarded && this.#passage.isBodyPending) this.#skipCarried();
    const pending = this.#passage.isBodyPending;
    this.#persistence = this.#persistenceNow(close || pending);
    const { idleTimeoutMs } = this.#stages.limits();
    const response = this.#stages.ownResponse(exchange);
    const isLittle = this.sender.sendOwn(exchange, response, this.#persistence, idleTimeoutMs);
    // To close while bytes are still coming in would reset the connection and take the answer with it.
    if (pending) this.#linger();
    else this.#completeOnceTaken(isLittle);
  }

  /** The response is written. */
  #complete(): void {
    const exchange = this.#exchange as LiveExchange;
    const pending = this.#passage.isBodyPending;
    this.#exchange = undefined;
    this.#head = undefined;
    this.#phase = 'head';
    this.#passage.close();
    this.#stages.finish(this.#client, exchange);
    if (pending) {
      this.stream.end();
      this.#linger();
    } else if (this.#persistence === 'keep') this.#goOn(exchange.startedAtMonotonicMs + (exchange.durationMs ?? 0));
    else this.#end();
  }

  /** To the next request, unless the connection has been ended by somebody else. */
  #goOn(nowMs: number): void {
    if (this.stream.writableEnded) return;
    const { idleTimeoutMs, bodyIdleTimeoutMs } = this.#stages.limits();
    // A response that nobody takes holds the connection for no longer than a body would.
    const waitMs = this.stream.writableLength > 0 ? Math.min(idleTimeoutMs, bodyIdleTimeoutMs) : idleTimeoutMs;
    this.#idleLeftMs = idleTimeoutMs - waitMs;
    this.#tools.timeouts.start(this, waitMs, nowMs);
    if (this.stream.isPaused()) this.stream.resume();
    if (this.#carry !== undefined) this.#readHeads();
  }

  /** The last response is written; what the client sends behind it is nobody's. */
  #end(): void {
    this.#phase = 'over';
    this.#carry = undefined;
    this.#stopLimits();
    if (this.stream.isPaused()) this.stream.resume();
    this.stream.destroySoon();
  }

  // ---- the rest of a request that nobody wants ---------------------------------------------------------------------

  #linger(): void {
    this.#phase = 'lingering';
    this.#tools.timeouts.start(this, lingerMs);
    if (this.stream.isPaused()) this.stream.resume();
    this.#skipCarried();
    this.#lookLingering();
  }

  #skipCarried(): void {
    const bytes = this.takeCarried();
    if (bytes !== undefined) this.#carry = this.#passage.skip(bytes);
  }

  #lookLingering(): void {
    if (!this.#passage.isBodyPending) this.#stopLingering();
  }

  #stopLingering(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#end();
    if (exchange !== undefined) this.#stages.finish(this.#client, exchange);
  }

  // ---- time, and the end of the connection -------------------------------------------------------------------------

  onTimeout(): void {
    if (this.#phase === 'head') this.#headTimeout();
    else if (this.#phase === 'lingering') this.#stopLingering();
    // The response is written, and the client does not take the end of it.
    else if (this.#phase === 'flushing') this.stream.destroy();
  }

  #headTimeout(): void {
    if (this.#requests === 0 || this.#carry !== undefined) {
      this.#leave();
      this.#stages.headTimedOut(this.#client);
      return;
    }
    const leftMs = this.#idleLeftMs;
    this.#idleLeftMs = 0;
    if (leftMs > 0 && this.stream.writableLength === 0) this.#tools.timeouts.start(this, leftMs);
    else this.stream.destroy();
  }

  #requestTimeout(): void {
    if (this.#phase === 'head') this.#headTimeout();
    else this.onBodyMalformed('request-timeout', 'the request took too long to arrive');
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
    this.#passage.abort();
    this.#passage.close();
    this.#stages.finish(this.#client, exchange);
  };
}

const nothing = Buffer.alloc(0);

function ignore(): void {}
