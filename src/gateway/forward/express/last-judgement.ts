// The last question that was asked about a connection, and the answer. Who asks the same thing of the same policy for the same
// client gets the same answer: judging is a function of these values and nothing else.

import type { Fields } from '../../accept/head-fields.ts';
import type { ParsedRequestHead } from '../../accept/http1/request-head-parser.ts';
import type { Authentication } from '../../authenticate/authentication.ts';
import type { Decision } from '../../authorize/decision.ts';

export class LastJudgement {
  #policy: object | undefined = undefined;
  #authentication: Authentication | undefined = undefined;
  #fields: Fields | undefined = undefined;
  #method = '';
  #target = '';
  #decision: Decision | undefined = undefined;

  /** Equal fields are the same object where a connection remembers them. */
  find(
    policy: object,
    authentication: Authentication,
    { fields, method, target }: ParsedRequestHead,
  ): Decision | undefined {
    return this.#fields === fields &&
      this.#target === target &&
      this.#method === method &&
      this.#policy === policy &&
      this.#authentication === authentication
      ? this.#decision
      : undefined;
  }

  remember(
    policy: object,
    authentication: Authentication,
    { fields, method, target }: ParsedRequestHead,
    decision: Decision,
  ): void {
    this.#policy = policy;
    this.#authentication = authentication;
    this.#fields = fields;
    this.#method = method;
    this.#target = target;
    this.#decision = decision;
  }
}
