import { Buffer } from "node:buffer";
import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { ApiResponse, StreamSink } from "../api/request.ts";
import type { SubresourceHandler } from "../api/server.ts";
import { badRequest, methodNotAllowed } from "../errors.ts";
import { readLogOptions, type LogOptions } from "./log-options.ts";
import type { LogEntry, PodAccess, PodLog } from "./pod-access.ts";
import { containerIn, listOf, podOf } from "./pods-container.ts";

/** `pods/log`: what a container has said, and goes on saying. */
export function logSubresource(access: () => PodAccess | undefined): SubresourceHandler {
  return (server, call) => {
    if (call.info.verb !== "get") throw methodNotAllowed(call.resource, call.info.verb);
    const options = readLogOptions(call.request.query, call.info.name, server.clock.now());
    const pod = podOf(server, call);
    const container = containerIn(pod, options.container);
    // As the API server answers for a pod that has no node.
    if (textOf(get(pod["spec"], "nodeName")) === "") return text("", 204);
    const id = runOf(pod, container, options.previous);
    const contact = access()?.find(pod);
    // Nothing really runs in it, so nothing has been said.
    if (contact === undefined) return text("");
    const log = contact.log(id.replace(/^fairlead:\/\//, ""));
    if (log === undefined) return text(`unable to retrieve container logs for ${id}`);
    return options.follow ? followLog(log, options) : text(wholeLog(log, options));
  };
}

function text(body: string | Uint8Array, status = 200): ApiResponse {
  return {
    kind: "body",
    status,
    contentType: "text/plain",
    body: [typeof body === "string" ? Buffer.from(body) : body],
  };
}

/** The id of the run that is meant. Throws what a kubelet answers when there is none. */
function runOf(pod: JsonObject, container: string, previous: boolean): string {
  const { status } = pod;
  const one = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
    .flatMap((list) => listOf(get(status, list)))
    .find((status_) => get(status_, "name") === container);
  const about = `container ${JSON.stringify(container)} in pod ${JSON.stringify(textOf(get(pod["metadata"], "name")))}`;
  if (one === undefined) throw badRequest(`${about} is not available`);
  const state = get(one, "state");
  const last = idOf(get(get(one, "lastState"), "terminated"));
  if (previous) {
    if (last === "") throw badRequest(`previous terminated ${about} not found`);
    return last;
  }
  if (get(state, "running") !== undefined) return textOf(get(one, "containerID"));
  const own = idOf(get(state, "terminated")) || last;
  if (own !== "") return own;
  if (get(state, "terminated") !== undefined) throw badRequest(`${about} is terminated`);
  const reason = textOf(get(get(state, "waiting"), "reason"));
  const why =
    reason === "ErrImagePull"
      ? "image can't be pulled"
      : reason === "ImagePullBackOff"
        ? "trying and failing to pull image"
        : reason;
  throw badRequest(why === "" ? `${about} is waiting to start - no logs yet` : `${about} is waiting to start: ${why}`);
}

function idOf(terminated: JsonValue | undefined): string {
  return textOf(get(terminated, "containerID"));
}

/** What is kept and asked for, oldest first. */
function chosen(log: PodLog, { tailLines, since }: LogOptions): readonly LogEntry[] {
  const all = log.entries();
  const tail = tailLines === undefined ? all : all.slice(Math.max(0, all.length - tailLines));
  return since === undefined ? tail : tail.filter(({ time }) => Date.parse(time) >= since);
}

function formatEntry({ time, text: line, isPartial }: LogEntry, { timestamps }: LogOptions): Buffer {
  return Buffer.concat([Buffer.from(timestamps ? `${time} ` : ""), line, Buffer.from(isPartial ? "" : "\n")]);
}

function wholeLog(log: PodLog, options: LogOptions): Uint8Array {
  const whole = Buffer.concat(chosen(log, options).map((entry) => formatEntry(entry, options)));
  return options.limitBytes === undefined ? whole : whole.subarray(0, options.limitBytes);
}

/** More than so many entries behind, a client is no longer served. */
const mostBehind = 100_000;

function followLog(log: PodLog, options: LogOptions): ApiResponse {
  return {
    kind: "stream",
    contentType: "text/plain",
    start(sink: StreamSink) {
      const queue: LogEntry[] = [...chosen(log, options)];
      let left = options.limitBytes ?? Infinity;
      let isWaiting = false;
      let hasEnded = false;

      function send(): void {
        let sent = 0;
        while (!isWaiting && left > 0 && sent < queue.length) {
          const frame = formatEntry(queue[sent++]!, options).subarray(0, left);
          left -= frame.length;
          if (frame.length > 0 && !sink.write(frame)) {
            isWaiting = true;
            sink.onDrain(() => {
              isWaiting = false;
              send();
            });
          }
        }
        queue.splice(0, sent);
        if (left <= 0 || queue.length > mostBehind || (hasEnded && queue.length === 0)) {
          unfollow();
          sink.end();
        }
      }

      const unfollow = log.follow(
        (entry) => {
          queue.push(entry);
          if (!isWaiting || queue.length > mostBehind) send();
        },
        () => {
          hasEnded = true;
          if (!isWaiting) queueMicrotask(send);
        },
      );
      send();
      return unfollow;
    },
  };
}
