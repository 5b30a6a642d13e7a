import { request as httpsRequest } from "node:https";
import { brotliCompressSync, constants } from "node:zlib";
import type { PlaneAccess } from "../real/access.ts";

/** A running API server, as the scripts that vendor its data read it. */
export interface Source {
  readonly kubernetes: string;
  bytes(path: string, accept?: string): Promise<Buffer>;
  json<Value>(path: string, accept?: string): Promise<Value>;
}

export function sourceOf(plane: PlaneAccess): Source {
  const bytes = (path: string, accept = "application/json"): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${plane.token}`, accept };
      const call = httpsRequest(new URL(path, plane.url), { ca: plane.certificate, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const body = Buffer.concat(chunks);
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`${path}: ${response.statusCode} ${body.toString("utf8")}`));
        });
      });
      call.on("error", reject);
      call.end();
    });
  return {
    kubernetes: plane.kubernetes,
    bytes,
    json: async (path, accept) => JSON.parse((await bytes(path, accept)).toString("utf8")) as never,
  };
}

/** Brotli in base64, for a string literal. */
export function packed(bytes: Uint8Array): string {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return brotliCompressSync(bytes, { params }).toString("base64");
}

/** A template literal keeps one entry on one line, so that a refresh shows in a diff what changed. */
export function literal(lines: readonly string[]): string {
  return `\`\n${lines.join("\n").replace(/[\\`]|\$\{/g, "\\$&")}\n\``;
}
