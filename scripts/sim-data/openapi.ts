import { literal, packed, type Source } from "./source.ts";

const protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/**
 * Whole documents: they compress to a thirtieth, since they repeat each other. All of version 3 and the one of version
 * 2 are one blob, in the order of the index, whose lines say `PATH HASH BYTES`.
 */
export async function openapiFiles(source: Source): Promise<Readonly<Record<string, string>>> {
  const { paths } = await source.json<{ paths: Readonly<Record<string, { readonly serverRelativeURL: string }>> }>(
    "/openapi/v3",
  );
  const lines: string[] = [];
  const documents: Buffer[] = [];
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    const hash = new URL(serverRelativeURL, "http://server").searchParams.get("hash") ?? "";
    const document = await source.bytes(serverRelativeURL);
    lines.push(`${path} ${hash} ${document.length}`);
    documents.push(document);
  }
  documents.push(await source.bytes("/openapi/v2"));
  return {
    "openapi-index.ts": `export const lines = ${literal(lines)};\n`,
    "openapi.ts": `export const packed =\n  "${packed(Buffer.concat(documents))}";\n`,
    "openapi-protobuf.ts": `export const packed =\n  "${packed(await source.bytes("/openapi/v2", protobuf))}";\n`,
  };
}
