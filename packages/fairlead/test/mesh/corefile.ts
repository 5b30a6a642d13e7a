/** As much of CoreDNS as the names of the mesh take: server blocks with `hosts`, `rewrite` and `kubernetes`. */

/** What a name gets: addresses, nothing under a zone that is served, or somebody else's answer. */
export type DnsReply =
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  | { readonly kind: "no-such-name" }
  | { readonly kind: "not-served" };

interface Directive {
  readonly words: readonly string[];
  readonly inner: readonly Directive[];
}

/** https://coredns.io/manual/configuration/: a directive a line, its own block in braces. Throws on anything else. */
function parse(text: string): readonly Directive[] {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  let at = 0;
  const block = (isInner: boolean): readonly Directive[] => {
    const found: Directive[] = [];
    while (at < lines.length) {
      const line = lines[at++]!;
      if (line === "") continue;
      if (line === "}") {
        if (!isInner) throw new Error(`line ${at} closes nothing`);
        return found;
      }
      const opens = line.endsWith("{");
      const words = (opens ? line.slice(0, -1) : line).split(/\s+/).filter((word) => word !== "");
      found.push({ words, inner: opens ? block(true) : [] });
    }
    if (isInner) throw new Error("a block is not closed");
    return found;
  };
  return block(false);
}

/** Answers as a server with these blocks; `services` are the addresses of Services by full name. */
export function coreDns(text: string, services: ReadonlyMap<string, readonly string[]>): (name: string) => DnsReply {
  const servers = parse(text).map(({ words, inner }) => {
    const [, zone, port] = /^([^:]+):(\d+)$/.exec(words[0] ?? "") ?? [];
    if (zone === undefined || port !== "53" || words.length > 1) throw new Error(`${words.join(" ")} is no server`);
    for (const {
      words: [plugin = ""],
    } of inner) {
      if (!["errors", "cache", "hosts", "rewrite", "kubernetes"].includes(plugin)) throw new Error(`plugin ${plugin}`);
    }
    return { zone, inner };
  });
  return (asked) => {
    const name = asked.toLowerCase().replace(/\.$/, "");
    const inZone = servers.filter(({ zone }) => name === zone || name.endsWith(`.${zone}`));
    const server = inZone.toSorted((a, b) => b.zone.length - a.zone.length)[0];
    if (server === undefined) return { kind: "not-served" };
    const listed = server.inner
      .filter(({ words }) => words[0] === "hosts")
      .flatMap(({ inner }) => inner.filter(({ words }) => words.slice(1).includes(name)).map(({ words }) => words[0]!));
    if (listed.length > 0) return { kind: "addresses", addresses: listed };
    const target = rewritten(server.inner, name);
    const [, domain] = server.inner.find(({ words }) => words[0] === "kubernetes")?.words ?? [];
    const found = domain !== undefined && target.endsWith(`.${domain}`) ? services.get(target) : undefined;
    return found === undefined ? { kind: "no-such-name" } : { kind: "addresses", addresses: found };
  };
}

/** `rewrite stop { name exact FROM TO … }`: the first that matches. */
function rewritten(directives: readonly Directive[], name: string): string {
  for (const { words, inner } of directives) {
    if (words[0] !== "rewrite") continue;
    for (const { words: rule } of inner) {
      if (rule[0] === "name" && rule[1] === "exact" && rule[2] === name) return rule[3] ?? name;
    }
  }
  return name;
}
