import { nearest } from "@fairlead/apimachinery";
import { apiVersionOf, type Resource } from "../resource.ts";

export function findKind(
  resources: readonly Resource[],
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): Resource | undefined {
  return resources.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
}

type Names = (resource: Resource) => readonly string[];

/** In this order, as kubectl: what a resource is called in full wins over what another one is called for short. */
const nameKinds: readonly Names[] = [
  (one) => [one.plural],
  (one) => [one.singular ?? one.kind.toLowerCase(), one.kind.toLowerCase()],
  (one) => one.shortNames ?? [],
];

/**
 * What a person types: `deploy`, `deployments`, `Deployment`, each with `.GROUP` or `.VERSION.GROUP` behind it. Of several
 * the first wins, which is the server's order: the core group, then by priority, preferred versions first.
 */
export function lookupResource(resources: readonly Resource[], typed: string): Resource | undefined {
  const [name = "", ...rest] = typed.toLowerCase().split(".");
  const suffix = rest.join(".");
  const candidates =
    suffix === ""
      ? resources
      : resources.filter(
          (one) =>
            one.group === suffix ||
            `${one.version}.${one.group}` === suffix ||
            (one.group === "" && one.version === suffix),
        );
  for (const names of nameKinds) {
    const found = candidates.find((one) => names(one).includes(name));
    if (found !== undefined) return found;
  }
  // A group may be cut off, as in `certificates.cert-manager`.
  const cut = suffix === "" ? [] : resources.filter((one) => one.group.startsWith(suffix));
  return cut.find((one) => nameKinds.some((names) => names(one).includes(name)));
}

/** What to write instead of a kind that is not served. */
export function hintFor(
  resources: readonly Resource[],
  failures: ReadonlyMap<string, string>,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): string {
  const failure = failures.get(apiVersion);
  if (failure !== undefined) return `${apiVersion} is known but did not answer: ${failure}`;
  const elsewhere = resources.filter((one) => one.kind === kind).map(apiVersionOf);
  if (elsewhere.length > 0) return `the cluster serves ${kind} as ${[...new Set(elsewhere)].slice(0, 3).join(", ")}`;
  const beside = resources.filter((one) => apiVersionOf(one) === apiVersion).map((one) => one.kind);
  const near = nearest(kind, beside) ?? nearest(kind, new Set(resources.map((one) => one.kind)));
  if (near !== undefined) return `did you mean ${near}?`;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return group.includes(".") ? `install the CustomResourceDefinitions of ${group} first` : "check apiVersion and kind";
}
