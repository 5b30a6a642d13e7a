import { objectData, type Lookup } from "../env/container-env.ts";
import { fieldValue, resourceValue, type PodFacts } from "../env/field-value.ts";
import type { KeyToPath, VolumeSource, VolumeSpec } from "../pod-types.ts";

/** What a volume holds. */
export type VolumeContent =
  | { readonly kind: "files"; readonly files: ReadonlyMap<string, VolumeFile> }
  /** Empty at first, and the pod's own. */
  | { readonly kind: "folder" }
  | { readonly kind: "host"; readonly path: string }
  /** Kept beyond the pod. */
  | { readonly kind: "claim"; readonly name: string }
  | { readonly kind: "problem"; readonly message: string };

export interface VolumeFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

export interface TokenWish {
  readonly audience: string;
  readonly seconds: number;
}

export interface VolumeInput {
  readonly volume: VolumeSpec;
  readonly facts: PodFacts;
  readonly lookup: Lookup;
  /** A token of the pod's service account; undefined as long as there is none. */
  readonly token: (wish: TokenWish) => string | undefined;
}

const defaultMode = 0o644;

/** The files of a volume as a kubelet makes them from what it names. */
export function volumeContent({ volume, facts, lookup, token }: VolumeInput): VolumeContent {
  if (volume.hostPath !== undefined) return { kind: "host", path: volume.hostPath.path };
  if (volume.persistentVolumeClaim !== undefined)
    return { kind: "claim", name: volume.persistentVolumeClaim.claimName };
  const { projected } = volume;
  if (projected === undefined && !isSource(volume)) return { kind: "folder" };
  const files = new Map<string, VolumeFile>();
  const sources = projected === undefined ? [volume] : (projected.sources ?? []);
  for (const source of sources) {
    const problem = addSource(source, projected?.defaultMode, { facts, lookup }, files);
    if (problem !== undefined) return { kind: "problem", message: problem };
    const wish = "serviceAccountToken" in source ? source.serviceAccountToken : undefined;
    if (wish === undefined) continue;
    const text = token({ audience: wish.audience ?? "", seconds: wish.expirationSeconds ?? 3600 });
    if (text === undefined) return { kind: "problem", message: "the service account has no token yet" };
    files.set(wish.path, { bytes: Buffer.from(text), mode: 0o600 });
  }
  return { kind: "files", files };
}

function isSource({ configMap, secret, downwardAPI }: VolumeSource): boolean {
  return configMap !== undefined || secret !== undefined || downwardAPI !== undefined;
}

type Context = Pick<VolumeInput, "facts" | "lookup">;

/** What is wrong, if anything. */
function addSource(
  { configMap, secret, downwardAPI }: VolumeSource,
  mode: number | undefined,
  context: Context,
  files: Map<string, VolumeFile>,
): string | undefined {
  if (configMap !== undefined) return addKeys("configmaps", configMap, mode, context, files);
  if (secret !== undefined) {
    return addKeys("secrets", { ...secret, name: secret.secretName ?? secret.name ?? "" }, mode, context, files);
  }
  for (const item of downwardAPI?.items ?? []) {
    const { facts } = context;
    const value =
      item.fieldRef === undefined
        ? resourceValue(item.resourceFieldRef ?? { resource: "" }, "", facts)
        : fieldValue(item.fieldRef, facts);
    if (value === undefined) return `cannot read the field for ${item.path}`;
    const own = item.mode ?? mode ?? downwardAPI!.defaultMode ?? defaultMode;
    files.set(item.path, { bytes: Buffer.from(value), mode: own });
  }
  return undefined;
}

interface KeyedSource {
  readonly name: string;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

function addKeys(
  collection: "configmaps" | "secrets",
  { name, items, optional = false, defaultMode: own }: KeyedSource,
  mode: number | undefined,
  { facts, lookup }: Context,
  files: Map<string, VolumeFile>,
): string | undefined {
  const object = lookup(collection, name);
  if (object === undefined)
    return optional ? undefined : `${collection.slice(0, -1)} ${JSON.stringify(name)} not found`;
  const data = objectData(object);
  const usual = mode ?? own ?? defaultMode;
  if (items === undefined) for (const [key, bytes] of data) files.set(key, { bytes, mode: usual });
  for (const item of items ?? []) {
    const bytes = data.get(item.key);
    if (bytes === undefined) {
      if (optional) continue;
      const { namespace } = facts.pod.metadata;
      return `references non-existent ${collection.slice(0, -1)} key: ${item.key} of ${namespace}/${name}`;
    }
    files.set(item.path, { bytes, mode: item.mode ?? usual });
  }
  return undefined;
}
