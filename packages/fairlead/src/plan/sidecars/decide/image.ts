/** A reference to an image (https://pkg.go.dev/github.com/distribution/reference): `REGISTRY/PATH:TAG@DIGEST`. */
export interface Image {
  readonly registry: string;
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  /** `latest` where neither tag nor digest is said; empty where only a digest is. */
  readonly tag: string;
  readonly digest: string;
}

export function parseImage(text: string): Image {
  const [named = "", digest = ""] = text.split("@", 2);
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  const whole = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? (digest === "" ? "latest" : "") : named.slice(colon + 1);
  const first = whole.indexOf("/");
  const host = first < 0 ? "" : whole.slice(0, first);
  const isRegistry = host.includes(".") || host.includes(":") || host === "localhost";
  const rest = isRegistry ? whole.slice(first + 1) : whole;
  const registry = isRegistry && host !== "index.docker.io" ? host : "docker.io";
  const path = registry === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest;
  return { registry, path, name: path.slice(path.lastIndexOf("/") + 1), tag, digest };
}

/** `unknown`: one is pinned by digest, the other named by tag, and nothing tells which digest the tag stands for. */
export type SameImage = "same" | "other" | "unknown";

/**
 * Whether a pod runs the image that is expected. `running` is the digest that the kubelet reports, empty if it does not.
 * With `registry` all of the name counts, else the last part of its path alone. Tags count whole, `-distroless` as well.
 */
export function compareImages(actual: string, running: string, expected: string, registry: boolean): SameImage {
  if (actual === expected) return "same";
  const [a, b] = [parseImage(actual), parseImage(expected)];
  if (registry ? a.registry !== b.registry || a.path !== b.path : a.name !== b.name) return "other";
  if (b.digest !== "") {
    if (a.digest !== "") return a.digest === b.digest ? "same" : "other";
    if (running !== "") return running === b.digest ? "same" : "other";
    return b.tag === "" || a.tag === b.tag ? "unknown" : "other";
  }
  if (a.tag !== "" || a.digest === "") return a.tag === b.tag ? "same" : "other";
  return "unknown";
}
