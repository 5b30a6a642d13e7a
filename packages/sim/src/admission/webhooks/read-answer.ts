import { isObject, parseJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { PostResult } from "./transport.ts";

/** The object that a webhook answered, or why there is none, in the words of the server's client. */
export function readAnswer(posted: PostResult): JsonObject | string {
  if (posted.kind === "failed") return posted.message;
  const { status, contentType, body } = posted;
  if (status < 200 || status > 206) return statusText(status, contentType, body);
  if (body === "") return `0-length response with status code: ${status} and content type: ${contentType}`;
  return readJson(body);
}

/** The answer, or why it cannot be read: the server takes what is no JSON for YAML, in which it is a text. */
function readJson(body: string): JsonObject | string {
  let value: JsonValue;
  try {
    value = parseJson(body);
  } catch {
    value = body;
  }
  if (isObject(value)) return value;
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
}

const byStatus: ReadonlyMap<number, string> = new Map([
  [400, "the server rejected our request for an unknown reason"],
  [401, "the server has asked for the client to provide credentials"],
  [404, "the server could not find the requested resource"],
  [405, "the server does not allow this method on the requested resource"],
  [409, "the server reported a conflict"],
  [422, "the server rejected our request due to an error in our request"],
  [429, "the server has received too many requests and has asked us to try again later"],
  [503, "the server is currently unable to handle the request"],
  [504, "the server was unable to return a response in the time allotted, but may still be processing the request"],
]);

/** As client-go speaks of an answer that is an error and no Status. */
function statusText(status: number, contentType: string, body: string): string {
  const given = contentType.startsWith("text/") || contentType === "" ? body.trim() : "unknown";
  const known = byStatus.get(status);
  if (known !== undefined) return known;
  if (status === 403 || status === 415) return given;
  if (status >= 500)
    return `an error on the server (${JSON.stringify(given)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}
