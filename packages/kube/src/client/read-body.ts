import { constants } from "node:buffer";
import type { Readable } from "node:stream";
import { KubeError } from "../errors.ts";
import { brokenOff } from "./own-body.ts";

/** A string of V8 holds no more. */
export const mostBodyBytes = constants.MAX_STRING_LENGTH;

/**
 * The text of a body. Listeners instead of an iterator: most answers are one chunk, and this is what each request pays.
 * Rejects with `too-large`, or with the error of the body.
 */
export function readBody(body: Readable, mostBytes: number, describe: () => string): Promise<string> {
  // Its events are over then; nobody would hear of them again.
  if (body.destroyed) return Promise.reject(brokenOff(body));
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    let isDone = false;
    body.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostBytes) {
        const text = `${describe()}: the answer is larger than ${Math.floor(mostBytes / 2 ** 20)} MiB`;
        body.destroy(new KubeError("too-large", text, { hint: "read it in pages" }));
      } else if (first === undefined) {
        first = chunk;
      } else {
        (rest ??= [first]).push(chunk);
      }
    });
    body.on("end", () => {
      isDone = true;
      resolve((rest === undefined ? first : Buffer.concat(rest, size))?.toString("utf8") ?? "");
    });
    body.on("error", reject);
    body.on("close", () => {
      if (!isDone) reject(brokenOff(body));
    });
  });
}
