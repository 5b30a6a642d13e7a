import type { Clock } from "@fairlead/apimachinery";
import type { Duplex } from "node:stream";
import type { ExecCarrier } from "./exec-carrier.ts";
import type { ExecOptions } from "./exec-target.ts";
import { spdySession, type SpdyStream } from "./spdy/session.ts";

/** How long a client may take to open the streams that it has announced. */
const openingMs = 30_000;

/** The streams of a command over SPDY, `v4.channel.k8s.io`. Calls back once the client has opened all of them. */
export function spdyExec(
  transport: Duplex,
  options: ExecOptions,
  machine: Clock,
  ready: (carrier: ExecCarrier) => void,
): void {
  const expected = new Set(["error"]);
  for (const name of ["stdin", "stdout", "stderr"] as const) if (options[name]) expected.add(name);
  if (options.tty) expected.add("resize");
  const streams = new Map<string, SpdyStream>();
  const { promise: gone, resolve: onClose } = Promise.withResolvers<void>();

  const session = spdySession(transport, {
    mostStreams: 5,
    onClose,
    onStream(stream) {
      const type = stream.headers.get("streamtype") ?? "";
      if (!expected.has(type) || streams.has(type)) return false;
      streams.set(type, stream);
      if (streams.size === expected.size) begin();
      return true;
    },
  });
  const cancel = machine.after(openingMs, () => session.close());
  void gone.then(cancel);

  function begin(): void {
    cancel();
    const error = streams.get("error")!;
    for (const stream of [error, streams.get("stdout"), streams.get("stderr")]) stream?.resume();
    ready({
      stdin: streams.get("stdin"),
      stdout: streams.get("stdout"),
      stderr: streams.get("stderr"),
      resize: streams.get("resize"),
      finish: (status) => void error.end(status, () => session.close()),
      gone,
    });
  }
}
