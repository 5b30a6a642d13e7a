import { Agent, request } from "node:https";
import { isObject, type JsonObject } from "@fairlead/apimachinery";

/** A document of an issuer, or why there is none. */
export type FetchedDocument =
  | { readonly kind: "document"; readonly body: JsonObject; readonly maxAgeSeconds: number }
  | { readonly kind: "problem"; readonly message: string };

export interface FetchOptions {
  /** PEM; what the system trusts if absent. */
  readonly certificateAuthority?: string | undefined;
  /** 10 seconds unless told: until the last byte. */
  readonly timeoutMs?: number;
  /** Of the body; 1 MiB unless told. */
  readonly maxBytes?: number;
}

/** Gets a JSON object by HTTPS. Redirections are not followed, and messages do not repeat what came. */
export function fetchDocument(url: string, options: FetchOptions): Promise<FetchedDocument> {
  const { certificateAuthority, timeoutMs = 10_000, maxBytes = 1 << 20 } = options;
  const problem = (message: string): FetchedDocument => ({ kind: "problem", message });
  const target = URL.parse(url);
  if (target?.protocol !== "https:") return Promise.resolve(problem("the URL is not one of https"));
  const agent = new Agent({
    keepAlive: false,
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
  });
  return new Promise<FetchedDocument>((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const call = request(target, { agent, signal, headers: { accept: "application/json" } }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) {
          resolve(problem(`the answer has more than ${maxBytes} bytes`));
          call.destroy();
        } else chunks.push(chunk);
      });
      response.on("error", (error) => resolve(problem(error.message)));
      response.on("end", () => {
        if (response.statusCode !== 200) return resolve(problem(`the answer has status ${response.statusCode}`));
        const body = parsed(Buffer.concat(chunks));
        if (body === undefined) return resolve(problem("the answer is no JSON object"));
        const maxAgeSeconds = maxAge(response.headers["cache-control"] ?? "");
        return resolve({ kind: "document", body, maxAgeSeconds });
      });
    });
    call.on("error", (error) => resolve(problem(signal.aborted ? "there was no answer in time" : error.message)));
    call.end();
  }).finally(() => agent.destroy());
}

function parsed(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function maxAge(cacheControl: string): number {
  if (/\bno-(?:store|cache)\b/.test(cacheControl)) return 0;
  return Number(/\bmax-age=(\d{1,9})\b/.exec(cacheControl)?.[1] ?? 0);
}
