import { Buffer } from "node:buffer";
import { ApiError, tooLarge, tooManyRequests } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";

/** How many bytes of bodies a server holds. */
export interface BodyBudget {
  used: number;
}

const nothing = Buffer.alloc(0);

/** The client has gone: nobody waits for an answer. */
export const gone = Symbol("gone");

/**
 * The body of a request. Throws the ApiError to answer with when it is too large, or when all bodies together are. Give
 * its length back to the budget once the body is no longer held.
 */
export async function readBody(exchange: Exchange, limits: Limits, budget: BodyBudget): Promise<Buffer | typeof gone> {
  if (!exchange.hasBody) return nothing;
  const declared = exchange.headers["content-length"];
  if (declared !== undefined && Number(declared) > limits.body) throw tooLarge(limits.body);
  const { source } = exchange;
  const result = await new Promise<Buffer | typeof gone | ApiError>((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const settle = (value: Buffer | typeof gone | ApiError): void => {
      source.off("data", onData).off("end", onEnd).off("close", onClose);
      if (!Buffer.isBuffer(value)) budget.used -= length;
      chunks = [];
      resolve(value);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      budget.used += chunk.length;
      if (length > limits.body) settle(tooLarge(limits.body));
      else if (budget.used > limits.bodies) settle(tooManyRequests("too many requests, please try again later", 1));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    const onClose = (): void => settle(gone);
    source.on("data", onData).on("end", onEnd).on("close", onClose);
  });
  if (result instanceof ApiError) throw result;
  return result;
}
