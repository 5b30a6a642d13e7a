import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream, print } from "@fairlead/krm";

const apiVersion = "fairlead.dev/v1alpha1";
const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } };
const container = {
  name: "shop",
  image: "registry.example/shop:1.0.0",
  http: { port: 8080, path: "/healthz" },
  resources,
};

/** The least that a declaration of a kind needs beside the fragment that a page shows. */
const specs: { readonly [kind: string]: JsonObject } = {
  App: { containers: [container] },
  Route: { app: "shop", hosts: ["shop.example"] },
  Environment: {},
};

/** What a fragment of another kind refers to. */
const companions: { readonly [kind: string]: readonly string[] } = { Route: ["App"] };

/**
 * A whole input around a fragment. `where` is a kind, for fields of its spec, or a kind and `container`, for fields of
 * its container.
 */
export function declarationAround(where: string, fragment: string): string {
  const [kind = "", part] = where.split(".");
  const spec = specs[kind];
  const [document] = parseStream(fragment).documents;
  const value = document?.value;
  if (spec === undefined || !isObject(value)) throw new Error(`in=${where} does not fit the fragment`);
  const merged = part === "container" ? { ...spec, containers: [{ ...container, ...value }] } : { ...spec, ...value };
  const others = (companions[kind] ?? []).map((one) => declare(one, specs[one]!));
  return [declare(kind, merged), ...others].join("---\n");
}

function declare(kind: string, spec: JsonValue): string {
  return print({ apiVersion, kind, metadata: { name: "shop" }, spec });
}
