import type { PlaneAccess } from "./access.ts";
import { RealPlaneError } from "./errors.ts";
import { request } from "./request.ts";

/** One kind in one version, as the server serves it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The path segment: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface GroupDiscoveryList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind?: string };
        readonly scope: string;
        readonly verbs?: readonly string[];
      }[];
    }[];
  }[];
}

/** Everything the server serves, by aggregated discovery (Kubernetes 1.30 and newer): two requests. */
export async function discover(plane: PlaneAccess): Promise<readonly Resource[]> {
  const lists = await Promise.all(["/api", "/apis"].map((path) => fetchList(plane, path)));
  return lists.flatMap((list) =>
    (list.items ?? []).flatMap((group) =>
      (group.versions ?? []).flatMap(({ version, resources }) =>
        (resources ?? []).map((resource) => ({
          group: group.metadata?.name ?? "",
          version,
          kind: resource.responseKind?.kind ?? "",
          plural: resource.resource,
          namespaced: resource.scope === "Namespaced",
          verbs: resource.verbs ?? [],
        })),
      ),
    ),
  );
}

async function fetchList(plane: PlaneAccess, path: string): Promise<GroupDiscoveryList> {
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const answer = await request(plane, { path, accept });
  const body = answer.status === 200 ? (JSON.parse(answer.text) as GroupDiscoveryList & { kind?: string }) : undefined;
  if (body?.kind !== "APIGroupDiscoveryList") {
    throw new RealPlaneError(
      "unexpected-answer",
      `discovery of ${path}: ${answer.status} ${answer.text.slice(0, 300)}`,
    );
  }
  return body;
}

/** The resource of an object's apiVersion and kind, if the server has one that objects can be created in. */
export function resourceOf(
  resources: readonly Resource[],
  object: { readonly apiVersion?: unknown; readonly kind?: unknown },
): Resource | undefined {
  return resources.find(
    (one) =>
      one.kind === object.kind &&
      (one.group === "" ? one.version : `${one.group}/${one.version}`) === object.apiVersion &&
      one.verbs.includes("create"),
  );
}

/** `/apis/apps/v1/namespaces/NS/deployments` */
export function collectionPath(resource: Resource, namespace: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  return resource.namespaced
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`
    : `${root}/${resource.plural}`;
}
