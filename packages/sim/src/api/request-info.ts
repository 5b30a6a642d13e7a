import type { RequestInfo } from "./request.ts";

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Subresources of namespaces; all else below a namespace is a resource in it. */
const namespaceSubresources = new Set(["status", "finalize"]);

/**
 * What a method and a path ask for, as kube-apiserver's RequestInfoFactory understands them:
 * `/api/v1/namespaces/NS/pods/NAME/log`, `/apis/GROUP/VERSION/…`; any other path is no resource request.
 */
export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = path.split("/").filter((part) => part !== "");
  const other = { ...nothing, verb: method.toLowerCase(), path };
  const isCore = parts[0] === "api";
  if (!isCore && parts[0] !== "apis") return other;
  const start = isCore ? 2 : 3;
  if (parts.length <= start) return other;
  const group = isCore ? "" : decode(parts[1]!);
  const version = decode(parts[start - 1]!);
  let rest = parts.slice(start).map(decode);
  let verb = verbs[method] ?? "";
  // The old form of a watch: /api/v1/watch/namespaces/NS/pods.
  const isOldWatch = rest[0] === "watch";
  if (isOldWatch) {
    verb = "watch";
    rest = rest.slice(1);
  }
  if (rest[0] === undefined) return other;
  let namespace = "";
  if (rest[0] === "namespaces" && rest.length > 1) {
    namespace = rest[1]!;
    if (rest.length > 2 && !namespaceSubresources.has(rest[2]!)) rest = rest.slice(2);
  }
  const [resource = "", name = "", subresource = ""] = rest;
  if (name === "" && verb === "delete") verb = "deletecollection";
  if (verb === "get" && !isOldWatch) {
    if (isTrue(query.get("watch")) && (name === "" || subresource === "")) verb = "watch";
    else if (name === "") verb = "list";
  }
  return { verb, isResource: true, path, group, version, namespace, resource, subresource, name };
}

const nothing: RequestInfo = {
  verb: "",
  isResource: false,
  path: "",
  group: "",
  version: "",
  namespace: "",
  resource: "",
  subresource: "",
  name: "",
};

/** As Go's conversion reads a boolean of a query: anything but these is true. */
export function isTrue(text: string | null): boolean {
  return text !== null && text !== "" && text !== "0" && text.toLowerCase() !== "false";
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
