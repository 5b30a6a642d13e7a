import { formatPath, isObject, type FieldPath, type JsonObject } from "@fairlead/apimachinery";
import type { RouteSpec } from "../kinds/route.ts";
import type { RouteRule } from "../kinds/route-parts.ts";
import type { Conversion, ConvertOptions } from "./dialect.ts";
import { flag, list, text, texts, type Reader } from "./readers.ts";
import { startTranslation, type Translation } from "./translation.ts";
import { restOfObject, translateMetadata } from "./workload.ts";

const known = ["app", "hosts", "domains", "grpc", "routes"] as const;
const routeFields = [
  "entryPoints",
  "environments",
  "expose",
  "gateway",
  "ingressClass",
  "internal",
  "loadBalancer",
  "middlewares",
  "partOf",
  "port",
  "service",
  "target",
  "tcp",
  "tls",
  "udp",
  "vpn",
] as const satisfies readonly (keyof RouteSpec)[];
const ruleFields = [
  "app",
  "backends",
  "headers",
  "hosts",
  "methods",
  "middlewares",
  "path",
  "pathType",
  "port",
  "priority",
  "query",
  "service",
] as const satisfies readonly (keyof RouteRule)[];

/** `true`, or an object with the details. */
const grpc: Reader = (value) => (isObject(value) ? value : flag(value));

/** LummoNetworking becomes a Route. The code read `data` and `hosts`, the README wrote `spec` and `domains`. */
export function convertRoute(value: JsonObject, options?: ConvertOptions): Conversion {
  const t = startTranslation(value, "LummoNetworking", "Route", options);
  const body = bodyOf(t);
  const app: FieldPath = [body, "app"];
  // The predecessor named its objects after the app; the README gave the object a name of its own.
  const named = !t.compat && isObject(value["metadata"]) && t.read(["metadata", "name"]) !== undefined;
  const name = translateMetadata(t, named ? [] : [app]);
  const appName = t.read(app);
  t.move(app, ["spec", "app"], text);
  if (!t.move([body, "hosts"], ["spec", "hosts"], texts)) t.move([body, "domains"], ["spec", "hosts"], texts);
  else if (t.read([body, "domains"]) !== undefined) {
    t.report("FL159", [body, "domains"], {
      message: "hosts and domains are both written; hosts counts",
      hint: "Put all names below hosts.",
    });
  }
  const routes = t.read([body, "routes"]);
  const rules = routes === undefined ? [] : (list(routes) as readonly unknown[]);
  rules.forEach((_, index) => {
    translateRule(t, Array.isArray(routes) ? [body, "routes", index] : [body, "routes"], ["spec", "routes", index]);
  });
  t.move([body, "grpc"], ["spec", "grpc"], grpc);
  if (t.compat && flag(t.read([body, "grpc"]) ?? false) === true && typeof appName === "string") {
    // No public issuer certifies the internal name; the predecessor's route had no TLS.
    const hosts = [`${appName}.internal.bukukas.k8s`];
    t.put(["spec", "grpc"], { hosts, internal: true, tls: false }, [body, "grpc"]);
  }
  t.rest([body], ["spec"], known, () => routeFields);
  restOfObject(t, body === "spec" ? ["spec", "data"] : ["data"]);
  return t.finish(name);
}

function bodyOf(t: Translation): "spec" | "data" {
  const spec = t.read(["spec"]);
  const data = t.read(["data"]);
  if (spec === undefined && data !== undefined) {
    t.map(["data"]);
    t.put(["spec"], {}, ["data"]);
    return "data";
  }
  t.map(["spec"]);
  if (data !== undefined) {
    t.report("FL159", ["data"], {
      message: "spec and data are both written; spec counts",
      hint: "Move the fields of data to spec.",
    });
  }
  return "spec";
}

function translateRule(t: Translation, from: FieldPath, to: FieldPath): void {
  const rule = t.read(from);
  t.put(to, {}, from);
  if (typeof rule === "string") {
    t.put([...to, "match"], rule, from);
    return;
  }
  if (t.map(from) === undefined) return;
  const match = t.read([...from, "match"]);
  const narrowed = ["path", "headers", "methods", "query", "hosts"].some(
    (name) => t.read([...from, name]) !== undefined,
  );
  if ((match === undefined || match === "") && !narrowed) {
    t.report("FL156", [...from, "match"], {
      message: `${formatPath([...from, "match"])} is ${match === "" ? "empty" : "missing"}, so the rule would take every request of the hosts`,
      hint: "Write match: Path(`/hello`), or match: PathPrefix(`/`) for everything.",
    });
  } else if (match !== "") t.move([...from, "match"], [...to, "match"], text);
  t.move([...from, "vpn"], [...to, "vpn"], flag);
  t.rest(from, to, ["match", "vpn"], () => ruleFields);
}
