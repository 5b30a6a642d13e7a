import { Buffer } from "node:buffer";
import { brotliDecompressSync } from "node:zlib";
import { packed } from "./generated/messages.ts";

/** A field of a message, as the Go struct declares it. */
export interface Field {
  readonly number: number;
  /** In JSON; empty for an embedded struct, whose fields are the message's own. */
  readonly name: string;
  /** `s` text, `b` boolean, `i` integer, `d` double, `y` bytes, one of `specialTypes`, or the name of a message. */
  readonly type: string;
  readonly kind: "one" | "pointer" | "list" | "map";
  /** Left out when empty. */
  readonly omitEmpty: boolean;
  /** Left out when zero: of structs too, which `omitEmpty` writes. */
  readonly omitZero: boolean;
}

export interface Message {
  /** In the order in which Go writes them. */
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

export interface Messages {
  /** Without fields for a name that no message has. */
  message(name: string): Message;
  /** The message of a kind; of the options that all groups have (DeleteOptions …) in any version. */
  ofKind(apiVersion: string, kind: string): string | undefined;
}

let loaded: Messages | undefined;

/** The release of Kubernetes whose messages these are. */
export { release as protobufRelease } from "./generated/messages.ts";

/** How the built-in kinds of all served versions are encoded; unpacked when first asked for. */
export function protobufMessages(): Messages {
  loaded ??= read(brotliDecompressSync(Buffer.from(packed, "base64")).toString("utf8"));
  return loaded;
}

function read(text: string): Messages {
  const [messageLines = "", kindLines = ""] = text.split("\n\n");
  const lines = new Map(
    messageLines.split("\n").map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
  const kinds = new Map<string, string>();
  for (const line of kindLines.trim().split("\n")) {
    const [apiVersion, kind, name] = line.split(" ") as [string, string, string];
    kinds.set(`${apiVersion} ${kind}`, name);
  }
  const parsed = new Map<string, Message>();
  return {
    message: (name) => {
      let message = parsed.get(name);
      if (message === undefined) {
        message = parse(lines.get(name) ?? "");
        parsed.set(name, message);
      }
      return message;
    },
    ofKind: (apiVersion, kind) => kinds.get(`${apiVersion} ${kind}`),
  };
}

function parse(line: string): Message {
  const fields = line
    .split(",")
    .filter((field) => field !== "")
    .map((field): Field => {
      const [number, name, type, flags] = field.split(":") as [string, string, string, string];
      return {
        number: Number(number),
        name,
        type,
        kind: flags.includes("p") ? "pointer" : flags.includes("r") ? "list" : flags.includes("m") ? "map" : "one",
        omitEmpty: flags.includes("o"),
        omitZero: flags.includes("z"),
      };
    });
  return { fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
}
