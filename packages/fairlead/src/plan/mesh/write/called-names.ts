import type { Fleet } from "../model/fleet.ts";
import type { HostIntent, IdentityIntent } from "../model/intent.ts";
import { isReachable } from "./targets.ts";

/** What those who call an identity need to know of it: little, for it is kept of every identity that is called. */
export interface CalledNames extends Pick<IdentityIntent, "identity" | "name"> {
  readonly hosts: readonly CalledHost[];
}

export interface CalledHost extends Pick<HostIntent, "host" | "role" | "env" | "prefix"> {
  /** Clusters that have its ServiceEntry. */
  readonly clusters: ReadonlySet<string>;
  readonly backends: readonly CalledBackend[];
}

export interface CalledBackend {
  readonly cluster: string;
  readonly namespace: string;
  /** In its own cluster. */
  readonly address: string;
}

/** By revision: as long as an identity has the same one, nothing of its intent can be different. */
const known = new WeakMap<object, CalledNames | false>();

/** The names of an identity, made once for each revision of it; undefined if it has none. */
export function calledNames(
  fleet: Fleet,
  identity: string,
  intentOf: (identity: string) => IdentityIntent | undefined,
): CalledNames | undefined {
  const revision = fleet.revision(identity);
  const before = revision === undefined ? undefined : known.get(revision);
  if (before !== undefined) return before === false ? undefined : before;
  const intent = intentOf(identity);
  const names = intent === undefined ? undefined : namesIn(intent);
  if (revision !== undefined) known.set(revision, names ?? false);
  return names;
}

function namesIn({ identity, name, hosts }: IdentityIntent): CalledNames {
  return {
    identity,
    name,
    hosts: hosts.map((one) => ({
      host: one.host,
      role: one.role,
      env: one.env,
      prefix: one.prefix,
      clusters: new Set(one.audience.map(({ cluster }) => cluster).filter((cluster) => isReachable(one, cluster))),
      backends: one.backends.map(({ cluster, namespace, local }) => ({ cluster, namespace, address: local.address })),
    })),
  };
}
