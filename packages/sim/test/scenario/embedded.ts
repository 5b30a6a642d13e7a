import { Buffer } from "node:buffer";
import { virtualClock } from "@fairlead/apimachinery";
import type { ApiRequest } from "../../src/api/request.ts";
import { announceServer } from "../../src/cluster/announce-server.ts";
import { createCore, type Core } from "../../src/cluster/core.ts";
import { seededRandom } from "../../src/cluster/random.ts";
import { createStore } from "../../src/store/memory-store.ts";
import type { Send } from "./run.ts";

/** An embedded API server as the plain real one runs: no controllers, no service accounts asked for. */
export async function scenarioCore(onError: (error: unknown) => void): Promise<Core> {
  const core = createCore({
    store: createStore(),
    clock: virtualClock(Date.parse("2026-01-01T00:00:00Z")),
    random: seededRandom(1),
    address: () => "127.0.0.1:6443",
    onError,
    disabledAdmission: ["ServiceAccount"],
  });
  const announced = announceServer(core.server, { address: "127.0.0.1", port: 6443, clientAuthority: "PEM" });
  await announced.ready;
  return {
    ...core,
    close() {
      announced.close();
      core.close();
    },
  };
}

const admin = { name: "admin", groups: ["system:masters", "system:authenticated"] };

/** Requests of an administrator, without a socket. */
export function sendTo(core: Core): Send {
  return async ({ method, path, headers, body, lines }) => {
    // What etcd does now and then.
    if (method === "COMPACT") {
      core.store.compact(core.store.revision);
      return { status: 200, warnings: [], text: "" };
    }
    const url = new URL(path, "https://embedded");
    const request: ApiRequest = {
      method,
      path: decodeURI(url.pathname),
      query: url.searchParams,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      body: Buffer.from(body ?? ""),
      user: admin,
      signal: new AbortController().signal,
    };
    const response = await core.handle(request);
    if (response.kind === "body") {
      const text = Buffer.concat(response.body).toString("utf8");
      return { status: response.status, warnings: response.warnings ?? [], text };
    }
    if (response.kind !== "stream") throw new Error(`${path} is no request of a scenario`);
    const { promise, resolve } = Promise.withResolvers<void>();
    const frames: Buffer[] = [];
    const stop = response.start({
      write: (frame) => {
        frames.push(Buffer.from(frame));
        if (lines !== undefined && frames.length >= lines) resolve();
        return true;
      },
      end: resolve,
      onDrain: () => {},
    });
    await promise;
    stop();
    return { status: 200, warnings: response.warnings ?? [], text: Buffer.concat(frames).toString("utf8") };
  };
}
