import type { Clock } from "@fairlead/apimachinery";
import type { ApiRequest, ApiResponse, UpgradeResponse } from "../api/request.ts";
import type { User } from "../api/user.ts";
import type { Authenticator } from "../authn/authenticator.ts";
import { anonymousUser } from "../authn/well-known-users.ts";
import { ApiError, badRequest, unauthorized } from "../errors.ts";
import { requireAllowedMethod } from "./allowed-method.ts";
import { type BodyResponse, errorResponse } from "./answer.ts";
import type { Exchange, OutgoingHeaders } from "./exchange.ts";
import type { Faults, RequestFault } from "./faults.ts";
import { inJsonForm } from "./json-form.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { Limits } from "./limits.ts";
import { type BodyBudget, gone, readBody } from "./read-body.ts";
import { sendBody } from "./send-body.ts";
import { sendStream } from "./send-stream.ts";
import { warningHeaders } from "./warning-headers.ts";

export type Handler = (request: ApiRequest) => Promise<ApiResponse | UpgradeResponse>;

/** What all requests of a server share. */
export interface Serving {
  readonly handle: Handler;
  readonly authenticator: Authenticator;
  /** The cluster's. */
  readonly clock: Clock;
  readonly machine: Clock;
  readonly limits: Limits;
  readonly budget: BodyBudget;
  readonly streams: Set<() => void>;
  readonly faults: Faults;
  readonly headers: (user: User, asked: Exchange["headers"]) => Readonly<Record<string, string>>;
  readonly auditId: () => string;
  readonly onError: (error: unknown) => void;
}

type Answer = ApiResponse | UpgradeResponse | typeof gone;

const tooLate = (): BodyResponse =>
  errorResponse(new ApiError(504, "Timeout", "Timeout: request did not complete within the allotted timeout", {}));

/** Authenticates, reads, has it handled and answers; never rejects. */
export async function serveExchange(serving: Serving, exchange: Exchange): Promise<void> {
  const { machine, limits, budget } = serving;
  let incoming: IncomingRequest | undefined;
  let held = 0;
  let user: User | undefined;
  let warning: string | undefined;
  let fault: RequestFault | undefined;
  let phase: "open" | "answered" | "streaming" = "open";
  exchange.connection.begin();
  const cancel = machine.after(limits.requestMs, () => {
    incoming?.abort();
    if (phase === "open") send(tooLate());
    else if (phase === "answered") exchange.cut();
  });
  exchange.onClose(() => {
    cancel();
    incoming?.abort();
    exchange.connection.end();
  });

  async function answer(): Promise<Answer> {
    const sender = await authenticate(serving.authenticator, exchange);
    ({ user, warning } = { warning: undefined, ...sender });
    const body = await readBody(exchange, limits, budget);
    if (body === gone) return gone;
    held = body.length;
    const request = new IncomingRequest(exchange.method, exchange.target, exchange.headers, body, user);
    incoming = request;
    requireAllowedMethod(request.method, request.path);
    fault = serving.faults.request?.(incoming);
    if (fault !== undefined) {
      const { delayMs, outcome } = fault;
      if (delayMs !== undefined) await new Promise<void>((resolve) => serving.clock.after(delayMs, resolve));
      if (outcome?.kind === "error") throw outcome.error;
      if (outcome?.kind === "drop") return drop();
    }
    const response = await serving.handle(incoming);
    return fault?.outcome?.kind === "lose" ? drop() : response;
  }

  function drop(): typeof gone {
    exchange.connection.socket.destroy();
    return gone;
  }

  function send(response: ApiResponse | UpgradeResponse): void {
    if (phase !== "open" || exchange.isGone()) return;
    phase = "answered";
    if (response.kind === "upgrade") {
      phase = "streaming";
      exchange.upgrade!(response);
      return;
    }
    const headers: OutgoingHeaders = {
      "audit-id": (exchange.headers["audit-id"] as string | undefined) ?? serving.auditId(),
      "cache-control": "no-cache, private",
    };
    // What flow control adds comes after authentication.
    if (user !== undefined) Object.assign(headers, serving.headers(user, exchange.headers));
    const warnings = [...(warning === undefined ? [] : [warning]), ...(response.warnings ?? [])];
    if (warnings.length > 0) headers["warning"] = warningHeaders(warnings);
    if (response.kind === "stream") {
      phase = "streaming";
      const reset = fault?.outcome?.kind === "reset" ? fault.outcome : undefined;
      sendStream(exchange, response, headers, serving, reset);
    } else {
      if (response.headers !== undefined) Object.assign(headers, response.headers);
      sendBody(exchange, inJsonForm(exchange, response), headers, machine, limits);
    }
  }

  let response: Answer;
  try {
    response = await answer();
    if (response !== gone && response.kind === "upgrade" && exchange.upgrade === undefined) {
      response = errorResponse(badRequest("Upgrade request required"));
    }
  } catch (error) {
    if (!(error instanceof ApiError)) serving.onError(error);
    response = errorResponse(error);
  }
  budget.used -= held;
  try {
    if (response === gone) exchange.cut();
    else send(response);
  } catch (error) {
    // Headers that HTTP does not allow, or a stream whose start failed.
    serving.onError(error);
    exchange.cut();
  }
}

async function authenticate(
  authenticator: Authenticator,
  { connection, headers, target }: Exchange,
): Promise<{ readonly user: User; readonly warning?: string }> {
  const { certificate, isRejected } = connection;
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const shown = certificate === undefined ? { headers, path } : { certificate, headers, path };
  const result = await authenticator.authenticate(shown);
  if (result.kind === "user") return result;
  if (result.kind === "refused" || isRejected) throw unauthorized();
  return { user: anonymousUser };
}
