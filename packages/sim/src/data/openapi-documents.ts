import { lines } from "./generated/openapi-index.ts";
import { unpack } from "./unpack.ts";

/** One document of `/openapi/v3`: of a group and version, or of what lies beside them. */
export interface OpenApiDocument {
  /** `apis/apps/v1` */
  readonly path: string;
  /** SHA-512 of the document, in upper case hexadecimal digits: the ETag of the document and `?hash=` of the index. */
  readonly hash: string;
}

interface Entry extends OpenApiDocument {
  readonly start: number;
  readonly end: number;
}

let entries: ReadonlyMap<string, Entry> | undefined;
let blob: Promise<Buffer> | undefined;
let protobuf: Promise<Buffer> | undefined;

/** The built-in documents, in the order of the index. Decodes none of them. */
export function openApiDocuments(): ReadonlyMap<string, OpenApiDocument> {
  return indexed();
}

/** A built-in document of version 3, byte for byte as kube-apiserver serves it. All are decoded with the first one. */
export async function openApiV3Bytes(path: string): Promise<Uint8Array | undefined> {
  const entry = indexed().get(path);
  if (entry === undefined) return undefined;
  return (await load()).subarray(entry.start, entry.end);
}

/** The built-in document of version 2 (Swagger), as JSON. */
export async function openApiV2Bytes(): Promise<Uint8Array> {
  let start = 0;
  for (const { end } of indexed().values()) start = end;
  return (await load()).subarray(start);
}

/** The same as `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`. */
export function openApiV2Protobuf(): Promise<Uint8Array> {
  protobuf ??= import("./generated/openapi-protobuf.ts").then(({ packed }) => unpack(packed));
  return protobuf;
}

function load(): Promise<Buffer> {
  blob ??= import("./generated/openapi.ts").then(({ packed }) => unpack(packed));
  return blob;
}

function indexed(): ReadonlyMap<string, Entry> {
  if (entries !== undefined) return entries;
  const found = new Map<string, Entry>();
  let start = 0;
  for (const line of lines.trim().split("\n")) {
    const [path, hash, length] = line.split(" ") as [string, string, string];
    const end = start + Number(length);
    found.set(path, { path, hash, start, end });
    start = end;
  }
  entries = found;
  return found;
}
