/** What Kubernetes says of its own kinds; loaded apart, since only people read it. */
export interface Descriptions {
  /** The text of a definition, or of one of its fields. */
  describe(definitionName: string, field?: string): string | undefined;
}

let loading: Promise<Descriptions> | undefined;

/** Loads and unpacks the vendored descriptions once. */
export function loadDescriptions(): Promise<Descriptions> {
  loading ??= unpack();
  return loading;
}

async function unpack(): Promise<Descriptions> {
  const [{ packed }, { inflateRawSync }] = await Promise.all([
    import("./generated/descriptions.ts"),
    import("node:zlib"),
  ]);
  const text = inflateRawSync(Buffer.from(packed, "base64")).toString("utf8");
  const texts = new Map<string, Map<string, string>>();
  for (const [name, fields] of Object.entries(JSON.parse(text) as Record<string, Record<string, string>>)) {
    texts.set(name, new Map(Object.entries(fields)));
  }
  return { describe: (definitionName, field = "") => texts.get(definitionName)?.get(field) };
}
