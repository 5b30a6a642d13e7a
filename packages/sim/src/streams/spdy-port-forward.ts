import type { Cancel, Clock } from "@fairlead/apimachinery";
import type { Duplex } from "node:stream";
import { joinPort } from "./join-port.ts";
import type { PortTarget } from "./port-target.ts";
import { spdySession, type SpdyStream } from "./spdy/session.ts";

/** How long a client may take to open the second stream of a connection. */
const openingMs = 30_000;

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
  readonly cancel: Cancel;
}

/** `portforward.k8s.io`: each connection is a pair of streams, one for data and one for what went wrong. */
export function spdyPortForward(transport: Duplex, target: PortTarget, pod: string, machine: Clock): void {
  const pairs = new Map<string, Pair>();
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  spdySession(transport, { onStream, onClose: resolve });
  void gone.then(forget);

  function forget(): void {
    for (const { cancel } of pairs.values()) cancel();
    pairs.clear();
  }

  function onStream(stream: SpdyStream): boolean {
    const { headers } = stream;
    const [type, port] = [headers.get("streamtype"), headers.get("port") ?? ""];
    if (type !== "data" && type !== "error") return false;
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 0xffff) return false;
    const id = headers.get("requestid") ?? implied(stream, type);
    let pair = pairs.get(id);
    if (pair === undefined) {
      pair = { cancel: machine.after(openingMs, () => giveUp(id)) };
      pairs.set(id, pair);
    }
    if (pair[type] !== undefined) return false;
    pair[type] = stream;
    const { data, error } = pair;
    if (data === undefined || error === undefined) return true;
    pair.cancel();
    pairs.delete(id);
    void forward(data, error);
    return true;
  }

  function giveUp(id: string): void {
    const { data, error } = pairs.get(id) ?? {};
    pairs.delete(id);
    error?.end(`(request=${id}) timed out waiting for streams`);
    data?.destroy();
  }

  async function forward(data: SpdyStream, error: SpdyStream): Promise<void> {
    error.resume();
    const problem = await joinPort(target, pod, Number(data.headers.get("port")), { source: data, sink: data, gone });
    if (problem === "") {
      error.end();
      data.end();
      return;
    }
    error.end(problem);
    data.destroy();
  }
}

/** Clients of old name no request: they open the error stream first, and the data stream next. */
function implied(stream: SpdyStream, type: "data" | "error"): string {
  return String(type === "error" ? stream.spdyId : stream.spdyId - 2);
}
