import { get, type JsonValue, parseJson } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Readable } from "node:stream";
import { KubeError } from "../errors.ts";
import { watchError, type CallDescription } from "./answer-error.ts";
import { nameCall } from "./caller.ts";
import type { WatchEvent } from "./client.ts";
import { createFrames } from "./frames.ts";

const initialEventsEnd = "k8s.io/initial-events-end";

/** The events of the watch that `open` begins. Leaving the loop ends it. */
export async function* watchEvents<T extends KrmObject>(
  open: () => Promise<Readable>,
  call: CallDescription,
  cluster: string,
  mostBytes: number,
): AsyncGenerator<WatchEvent<T>> {
  try {
    const frames = createFrames(mostBytes);
    for await (const chunk of (await open()) as AsyncIterable<Buffer>) {
      for (const text of frames.push(chunk)) yield eventOf<T>(text, call, cluster);
    }
    frames.end();
  } catch (error) {
    throw nameCall(error, call, cluster);
  }
}

function eventOf<T extends KrmObject>(text: string, call: CallDescription, cluster: string): WatchEvent<T> {
  const frame = parseFrame(text);
  const type = get(frame, "type");
  const object = get(frame, "object");
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      if (get(get(object, "metadata"), "name") === undefined) throw broken(text, "its object has no name");
      return { type, object: object as T };
    case "BOOKMARK": {
      const metadata = get(object, "metadata");
      const resourceVersion = get(metadata, "resourceVersion");
      if (typeof resourceVersion !== "string") throw broken(text, "a bookmark without resourceVersion");
      return {
        type,
        resourceVersion,
        initialEventsEnd: get(get(metadata, "annotations"), initialEventsEnd) === "true",
      };
    }
    case "ERROR":
      throw watchError(call, cluster, object);
    default:
      throw broken(text, "its type is not known");
  }
}

function parseFrame(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    throw broken(text, "it is not JSON");
  }
}

/** What it says may be secret: only its length is told. */
function broken(text: string, reason: string): KubeError {
  return new KubeError("protocol", `an event of ${text.length} characters cannot be read: ${reason}`);
}
