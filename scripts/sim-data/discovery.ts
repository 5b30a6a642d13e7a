import { createHash } from "node:crypto";
import { literal, type Source } from "./source.ts";

/** One resource of one version, as aggregated discovery shows it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  /** Of the API: `/api/v1`, `/apis/apps/v1`. */
  readonly root: string;
  readonly resource: Readonly<Record<string, unknown>> & {
    readonly resource: string;
    readonly responseKind: { readonly kind: string };
    readonly verbs: readonly string[];
  };
}

interface GroupList {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly ServedResource["resource"][];
    }[];
  }[];
}

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Everything that the server serves, in the order of discovery. */
export async function readServed(source: Source): Promise<readonly ServedResource[]> {
  const lists = [await source.json<GroupList>("/api", aggregated), await source.json<GroupList>("/apis", aggregated)];
  const found: ServedResource[] = [];
  for (const { metadata, versions } of lists.flatMap((list) => list.items)) {
    const group = metadata.name ?? "";
    for (const { version, resources } of versions) {
      const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
      for (const resource of resources) found.push({ group, version, root, resource });
    }
  }
  return found;
}

/** One line per resource: `GROUP/VERSION STORAGE-GROUP/VERSION JSON`; the second is `-` for what is not stored. */
export async function discoveryFile(source: Source, served: readonly ServedResource[]): Promise<string> {
  const storage = new Map<string, string>();
  for (const { group, version, resource } of served) {
    // Objects may be stored in a version that is not served: an older release must be able to read them.
    for (const one of [version, "v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2", "v1beta3"]) {
      storage.set(storageVersionHash(group, one, resource.responseKind.kind), `${group}/${one}`);
    }
  }
  const lines: string[] = [];
  for (const root of new Set(served.map((one) => one.root))) {
    const { resources } = await source.json<{
      resources: readonly { readonly name: string; readonly storageVersionHash?: string }[];
    }>(root);
    const hashes = new Map(resources.map((one) => [one.name, one.storageVersionHash]));
    for (const one of served) {
      if (one.root !== root) continue;
      const hash = hashes.get(one.resource.resource);
      const stored = hash === undefined ? "-" : storage.get(hash);
      if (stored === undefined)
        throw new Error(`${root}/${one.resource.resource} is stored in a version that nobody knows`);
      lines.push(`${one.group}/${one.version} ${stored} ${JSON.stringify(one.resource)}`);
    }
  }
  const version = JSON.stringify(await source.json("/version"), null, 2);
  return `export const versionBody = ${literal([version])}.trim();\nexport const lines = ${literal(lines)};\n`;
}

/** As k8s.io/apiserver/pkg/endpoints/discovery computes it. */
function storageVersionHash(group: string, version: string, kind: string): string {
  const digest = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}
