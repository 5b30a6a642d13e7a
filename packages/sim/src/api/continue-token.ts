import { get, parseJson, textOf } from "@fairlead/apimachinery";
import { badRequest } from "../errors.ts";
import { goJsonError } from "./go-json-error.ts";

export interface ContinueToken {
  /** -1: whatever is there when the list goes on. */
  readonly revision: number;
  /** The list goes on behind this key: without the prefix of the collection or namespace. */
  readonly after: string;
}

/** As storage.EncodeContinue writes it: the next key is the last one with a zero byte behind it. */
export function encodeContinue({ revision, after }: ContinueToken): string {
  // A list that begins anew says the key as it has read it.
  const start = `${revision < 0 ? "" : "/"}${after}\u0000`;
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start })).toString("base64url");
}

/** Throws 400 for what the server has not written. */
export function decodeContinue(text: string): ContinueToken {
  const wrong = (why: string): never => {
    throw badRequest(`invalid continue token: ${why}`);
  };
  const json = Buffer.from(text, "base64url").toString("utf8");
  const why = goJsonError(json);
  // Go reads bytes where it complains: what is no letter is its first byte.
  if (why !== undefined) return wrong(`continue key is not valid: ${why}`);
  const value = parseJson(json);
  const [version, revision, start] = [get(value, "v"), get(value, "rv"), get(value, "start")];
  if (version !== "meta.k8s.io/v1") {
    return wrong(`continue key is not valid: server does not recognize this encoded version ${textOf(version)}`);
  }
  if (typeof revision !== "number" || revision === 0) {
    return wrong("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "") {
    return wrong("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)");
  }
  const key = start.startsWith("/") ? start.slice(1) : start;
  if (key.split("/").some((part) => part === "." || part === ".." || part === "")) {
    return wrong(`continue key is not valid: ${start}`);
  }
  return { revision, after: key.endsWith("\u0000") ? key.slice(0, -1) : key };
}
