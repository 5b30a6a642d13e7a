import { textOf, type JsonObject } from "@fairlead/apimachinery";
import { groupOf, type Finding, type KrmObject } from "@fairlead/krm";
import { isServed } from "@fairlead/sim";
import { admiralApiVersion } from "../../kinds/admiral/admiral-kind.ts";
import { admiralKinds } from "../../kinds/admiral/admiral-kinds.ts";
import { apiVersion as ownApiVersion } from "../../kinds/group.ts";
import { admiralCrdOf } from "../../schema/admiral-crd.ts";
import { upFinding } from "./findings.ts";

export interface StandIns {
  readonly definitions: readonly KrmObject[];
  readonly findings: readonly Finding[];
}

/**
 * Definitions for kinds that objects are of and that neither Kubernetes nor the folder defines: their objects are kept as
 * they are, so that what refers to them can be tried. Whether they are right is not judged. The kinds of a mesh are
 * known here, and get their own definitions.
 */
export function standIns(objects: readonly KrmObject[]): StandIns {
  const defined = new Set(
    objects
      .filter(({ kind }) => kind === "CustomResourceDefinition")
      .map(({ spec }) => {
        const { group, names } = spec as { group?: string; names?: { kind?: string } };
        return `${group} ${names?.kind}`;
      }),
  );
  const missing = new Map<string, KrmObject>();
  for (const object of objects) {
    const { apiVersion, kind } = object;
    const group = groupOf(apiVersion);
    if (apiVersion === ownApiVersion || isServed(apiVersion, kind) || defined.has(`${group} ${kind}`)) continue;
    if (!missing.has(`${group} ${kind}`)) missing.set(`${group} ${kind}`, object);
  }
  const ofMesh = admiralKinds.filter(({ kind }) =>
    [...missing.values()].some((object) => object.kind === kind && object.apiVersion === admiralApiVersion),
  );
  const kinds = [...missing.values()].filter(
    ({ apiVersion, kind }) => apiVersion !== admiralApiVersion || !ofMesh.some((one) => one.kind === kind),
  );
  const names = kinds.map(({ kind }) => kind).sort();
  const message = `${names.join(", ")}: objects of ${names.length === 1 ? "this kind" : "these kinds"} are kept as they are, and nothing acts on them here`;
  const findings = names.length === 0 ? [] : [upFinding("FL782", { message })];
  return { definitions: [...ofMesh.map(admiralCrdOf), ...kinds.map((object) => definition(object))], findings };
}

function definition({ apiVersion, kind, metadata }: KrmObject): KrmObject {
  const group = groupOf(apiVersion);
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const plural = pluralOf(kind);
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const spec: JsonObject = {
    group,
    scope: textOf(metadata.namespace) === "" ? "Cluster" : "Namespaced",
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [{ name: version, served: true, storage: true, schema }],
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, annotations: { "fairlead.dev/stand-in": "true" } },
    spec,
  };
}

/** As API conventions make plurals: `ScaledObject` → `scaledobjects`, `Policy` → `policies`, `Ingress` → `ingresses`. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(?:s|x|z|ch|sh)$/.test(lower)) return `${lower}es`;
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
