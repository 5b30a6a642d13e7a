import http from "node:http";
import https from "node:https";
import type { Clock, JsonValue } from "@fairlead/apimachinery";
import { KubeError } from "../../errors.ts";
import { systemCertificates } from "../system-certificates.ts";

export interface JsonRequest {
  /** Makes it a POST. */
  readonly form?: URLSearchParams;
  readonly authorization?: string;
  /** PEM; the system's certificates if absent. */
  readonly ca?: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const timeoutMs = 30_000;
const maximumBytes = 1024 * 1024;

/**
 * One request to an issuer, on a connection of its own. No redirects are followed: the request may hold secrets.
 * Errors are `KubeError`s of code `credentials` that quote nothing of what was sent or answered.
 */
export async function requestJson(
  url: URL,
  { form, authorization, ca, clock, signal }: JsonRequest,
): Promise<{ status: number; body: JsonValue | undefined }> {
  const secure = url.protocol === "https:";
  const failed = (why: string, hint?: string): KubeError =>
    new KubeError("credentials", `the issuer ${url.host} cannot be asked: ${why}`, hint === undefined ? {} : { hint });
  const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!secure && !(url.protocol === "http:" && loopback))
    throw failed("its address does not begin with https://", "tokens are sent over TLS only");
  const body = form?.toString();
  const headers = {
    accept: "application/json",
    ...(body === undefined
      ? {}
      : { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) }),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const method = body === undefined ? "GET" : "POST";
  const trusted = secure ? { ca: ca === undefined ? [...systemCertificates()] : ca } : {};
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      cancel();
      request.destroy();
      reject(error);
    };
    const request = (secure ? https : http).request(
      url,
      { method, headers, agent: false, signal, ...trusted },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > maximumBytes) fail(failed(`it answered with more than ${maximumBytes} bytes`));
          else chunks.push(chunk);
        });
        response.on("error", () => fail(failed("its answer broke off")));
        response.on("end", () => {
          cancel();
          resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString("utf8")) });
        });
      },
    );
    const cancel = clock.after(timeoutMs, () => fail(failed(`it did not answer within ${timeoutMs / 1000} s`)));
    request.on("error", (error) => {
      if (signal.aborted) return fail(new KubeError("aborted", "nobody waits for the issuer any more"));
      const code = "code" in error ? String(error.code) : "";
      const certificate = /CERT|SELF_SIGNED|VERIFY|ALTNAME/.test(code);
      const hint = certificate ? "set idp-certificate-authority-data to the issuer's certificate authority" : undefined;
      fail(failed(code === "" ? "the connection failed" : code, hint));
    });
    request.end(body);
  });
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
