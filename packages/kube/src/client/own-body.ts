import { Readable } from "node:stream";
import { isKubeError, KubeError } from "../errors.ts";

/**
 * A body that may be read at leisure, by an iterator or a pipeline too. Those take a stream of Node's HTTP/2 that has come
 * to its end before they look at it for a broken one, since it says `closed` although its bytes wait to be read.
 */
export function ownBody(body: Readable): Readable {
  let isEnded = false;
  const own = new Readable({
    read: () => void body.resume(),
    destroy(error, callback) {
      body.destroy();
      callback(error);
    },
  });
  if (body.destroyed) return own.destroy(brokenOff(body));
  body.on("data", (chunk: Buffer) => {
    if (!own.push(chunk)) body.pause();
  });
  body.on("end", () => {
    isEnded = true;
    own.push(null);
  });
  body.on("error", (error) => own.destroy(error));
  body.on("close", () => {
    if (!isEnded && !own.destroyed) own.destroy(brokenOff(body));
  });
  return own;
}

/** The error of a body that was destroyed before its end, when its own has been told already: it is Node's perhaps. */
export function brokenOff({ errored }: Readable): KubeError {
  return isKubeError(errored)
    ? errored
    : new KubeError("connection", "the answer broke off", { cause: errored ?? undefined });
}
