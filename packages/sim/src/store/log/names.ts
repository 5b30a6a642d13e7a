import type { JsonObject } from "@fairlead/apimachinery";
import { StoreError } from "../store-error.ts";

/**
 * A folder holds `snapshot-G`, the state with which generation G began, and `log-G`, the writes from then on; log-G+1
 * begins where log-G ends. Generation 1 has no snapshot: it began empty.
 */
export type Part = "log" | "snapshot";

const format = "fairlead.dev/store";
const version = 1;

export const lockName = "lock";
export const unfinished = ".unfinished";

export function nameOf(part: Part, generation: number): string {
  return `${part}-${String(generation).padStart(8, "0")}`;
}

export function readName(name: string): { readonly part: Part; readonly generation: number } | undefined {
  const match = /^(log|snapshot)-(\d{8,15})$/.exec(name);
  return match === null ? undefined : { part: match[1] as Part, generation: Number(match[2]) };
}

/** `revision` is the one before the first record of a log, and that of the state in a snapshot. */
export interface Head {
  readonly part: Part;
  readonly generation: number;
  readonly revision: number;
}

export function headContent({ part, generation, revision }: Head): JsonObject {
  return { format, version, part, generation, revision };
}

/** @throws StoreError: `format` if it is of something else or newer than this program, `corrupt` if it is another's. */
export function checkHead(content: JsonObject, part: Part, generation: number): Head {
  const file = nameOf(part, generation);
  if (content["format"] !== format) throw new StoreError("format", `${file} is not of a store`);
  if (content["version"] !== version) {
    const found = JSON.stringify(content["version"] ?? null);
    throw new StoreError("format", `${file} has version ${found} of the format, this program reads version ${version}`);
  }
  const { revision } = content;
  if (content["part"] !== part || content["generation"] !== generation || typeof revision !== "number") {
    throw new StoreError("corrupt", `${file} has the head of another file`);
  }
  return { part, generation, revision };
}
