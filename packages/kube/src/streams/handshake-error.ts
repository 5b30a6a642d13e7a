import type { JsonValue } from "@fairlead/apimachinery";
import type { IncomingMessage } from "node:http";
import { KubeError, type KubeErrorCode } from "../errors.ts";
import { isStatus, type Status } from "../status.ts";
import type { StreamTarget } from "./target.ts";

const codes: { readonly [httpStatus: number]: KubeErrorCode } = {
  400: "bad-request",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  405: "unsupported",
  406: "unsupported",
  409: "conflict",
  410: "gone",
  413: "too-large",
  415: "unsupported",
  422: "invalid",
  429: "too-many-requests",
  503: "unavailable",
  504: "server-timeout",
};

/** Longer answers are cut: it is a Status or a line of text. */
const mostBytes = 64 * 1024;

/** The error for an answer that was not the expected switch of protocols; reads the answer. */
export async function handshakeError(target: StreamTarget, response: IncomingMessage): Promise<KubeError> {
  const text = await textOf(response);
  const status = statusOf(text);
  const httpStatus = response.statusCode ?? 0;
  const retryAfter = Number(response.headers["retry-after"]);
  return failure(target, httpStatus, status, text, Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined);
}

/** The error for a Status of a failure that the server sent once the connection stood. */
export function statusError(target: StreamTarget, status: Status): KubeError {
  return failure(target, status.code ?? 500, status, "", undefined);
}

function failure(
  target: StreamTarget,
  httpStatus: number,
  status: Status | undefined,
  text: string,
  retryAfterMs: number | undefined,
): KubeError {
  const said = status?.message ?? firstLine(text);
  const code = codes[httpStatus] ?? (httpStatus >= 500 ? "server-error" : "protocol");
  const message = `${target.what}: ${said === "" ? `the server answered ${httpStatus}` : said}`;
  return new KubeError(code, message, {
    httpStatus,
    object: target.object,
    cluster: target.cluster,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** A Status in a text, if it is one. */
function statusOf(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= mostBytes) break;
    }
  } catch {
    // What came before the cut has to do; the status line says what matters.
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString("utf8");
}

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 500);
}
