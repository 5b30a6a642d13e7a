import { readFileSync } from "node:fs";
import path from "node:path";
import { get, isObject, parseJson, type JsonObject } from "@fairlead/apimachinery";
import type { ObjectList } from "../../src/client/client.ts";

/** A field that is a part: tag, length and bytes. */
export function part(number: number, bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes);
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

export function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 128);
  return Buffer.from([...digits, rest]);
}

export interface Head {
  readonly resourceVersion?: string;
  readonly continue?: string;
}

/** A list as the server sends it. */
export function listMessage(
  apiVersion: string,
  listKind: string,
  items: readonly Uint8Array[],
  head: Head = {},
): Buffer {
  const metadata = Buffer.concat([part(1, ""), part(2, head.resourceVersion ?? "7"), part(3, head.continue ?? "")]);
  const type = Buffer.concat([part(1, apiVersion), part(2, listKind)]);
  const list = Buffer.concat([part(1, metadata), ...items.map((item) => part(2, item))]);
  return Buffer.concat([Buffer.from("k8s\0"), part(1, type), part(2, list), part(3, ""), part(4, "")]);
}

export interface Sample {
  readonly apiVersion: string;
  readonly kind: string;
  /** Without the envelope. */
  readonly bytes: Buffer;
  readonly json: JsonObject;
}

/** Objects with all fields of all built-in kinds, encoded by Kubernetes' own code; those that have no name get one. */
export function samples(): Sample[] {
  const file = path.join(import.meta.dirname, "../../../apimachinery/test/recorded/protobuf.txt");
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const [encoded, ...rest] = line.split(" ") as [string, ...string[]];
      const json = parseJson(rest.join(" ")) as JsonObject;
      const { apiVersion, kind } = json as { apiVersion: string; kind: string };
      return named({ apiVersion, kind, bytes: contentOf(Buffer.from(encoded, "base64")), json });
    })
    .filter(
      ({ kind, json }) => !kind.endsWith("List") && kind !== "Status" && get(json["metadata"], "name") !== undefined,
    );
}

function named(sample: Sample): Sample {
  const { bytes, json } = sample;
  const metadata = json["metadata"];
  if (!isObject(metadata) || Object.keys(metadata).length > 0 || bytes[0] !== 0x0a) return sample;
  return {
    ...sample,
    bytes: Buffer.concat([part(1, part(1, "a")), bytes.subarray(2 + bytes[1]!)]),
    json: { ...json, metadata: { name: "a" } },
  };
}

/** Of an envelope. */
export function contentOf(bytes: Buffer): Buffer {
  let at = 4;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  for (;;) {
    const tag = number();
    const length = number();
    if (tag === 18) return bytes.subarray(at, at + length);
    at += length;
  }
}

/** A ConfigMap of a few fields. */
export function configMap(name: string, data: { readonly [key: string]: string } = {}, version = "1"): Buffer {
  const metadata = [part(1, name), part(3, "n"), part(5, `uid-${name}`), part(6, version)];
  return Buffer.concat([part(1, Buffer.concat(metadata)), ...entries(2, data)]);
}

/** The ConfigMaps of a model server, as a real one sends them. */
export function configMapList({ items, resourceVersion }: ObjectList): Buffer {
  const encoded = items.map(({ metadata, data }) => {
    const { name, namespace, uid, resourceVersion: version } = metadata as { [field: string]: string };
    const identity = [part(1, name!), part(3, namespace!), part(5, uid!), part(6, version!)];
    return Buffer.concat([
      part(1, Buffer.concat([...identity, ...entries(11, metadata.labels ?? {})])),
      ...entries(2, data as { [key: string]: string }),
    ]);
  });
  return listMessage("v1", "ConfigMapList", encoded, { resourceVersion });
}

/** A map of texts. */
function entries(number: number, map: { readonly [key: string]: string }): Buffer[] {
  return Object.entries(map).map(([key, value]) => part(number, Buffer.concat([part(1, key), part(2, value)])));
}
