import { Buffer } from "node:buffer";
import type { BodyResponse } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { indentJson } from "./indent-json.ts";

const lineFeed = Buffer.from("\n");
const mostIndented = 64 * 1024 * 1024;
const forHumans = /^(?:curl|Wget|Mozilla\/5\.0)/;

/**
 * JSON as kube-apiserver's encoders end it: in lines for `?pretty=true`, for browsers and command-line tools, else with a
 * line break at its end. Only of what goes through them: the API and errors; documents of other paths stay as they are.
 */
export function inJsonForm(exchange: Exchange, response: BodyResponse): BodyResponse {
  const { contentType, late, status } = response;
  if (contentType !== "application/json") return response;
  if (status < 400 && !isApi(exchange.target)) return response;
  const isForPeople = isPretty(exchange) && (late === undefined || late.length <= mostIndented);
  // What is made as it is sent ends with a line break already.
  if (late !== undefined && !isForPeople) return response;
  const { body } = response;
  if (body.length === 0) return response;
  if (isForPeople) {
    const whole = body.length === 1 ? (body[0] as Buffer) : Buffer.concat(body);
    if (whole.length <= mostIndented) {
      const bytes = Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength);
      return withBody(response, [indentJson(bytes)]);
    }
  }
  return body.at(-1)!.at(-1) === lineFeed[0] ? response : withBody(response, [...body, lineFeed]);
}

function withBody(response: BodyResponse, body: readonly Uint8Array[]): BodyResponse {
  const { late: _, ...rest } = response;
  return { ...rest, body };
}

function isApi(target: string): boolean {
  return /^\/apis?(?:[/?]|$)/.test(target);
}

function isPretty({ target, headers }: Exchange): boolean {
  if (target.includes("pretty")) {
    const mark = target.indexOf("?");
    const value = mark < 0 ? null : new URLSearchParams(target.slice(mark + 1)).get("pretty");
    if (value !== null && value !== "") return /^(?:1|t|T|TRUE|true|True)$/.test(value);
  }
  const agent = headers["user-agent"];
  return agent !== undefined && forHumans.test(agent);
}
