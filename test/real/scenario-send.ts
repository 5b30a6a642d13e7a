import { request as httpsRequest } from "node:https";
import type { Received, Send } from "../../packages/sim/test/scenario/run.ts";
import type { Plane } from "../../scripts/real/plane.ts";

/** Sends requests of scenarios to a real API server, as its administrator. */
export function sendToPlane(plane: Pick<Plane, "url" | "token" | "certificate">): Send {
  return ({ method, path: target, headers, body, lines }) =>
    new Promise<Received>((resolve, reject) => {
      const url = new URL(plane.url);
      // A DELETE with a body has no length of its own in node:http.
      const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const own = { authorization: `Bearer ${plane.token}`, accept: "application/json", ...length, ...headers };
      const call = httpsRequest(
        { host: url.hostname, port: url.port, path: target, method, ca: plane.certificate, headers: own },
        (response) => {
          let text = "";
          const finish = (): void =>
            resolve({ status: response.statusCode ?? 0, warnings: warningsOf(response.headers["warning"]), text });
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
            if (lines === undefined || text.split("\n").length <= lines) return;
            finish();
            call.destroy();
          });
          response.on("end", finish);
          response.on("error", () => finish());
        },
      );
      call.on("error", reject);
      call.end(body);
    });
}

/** node:http joins several headers by a comma. */
function warningsOf(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  return [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!.replaceAll(/\\(.)/g, "$1"));
}
