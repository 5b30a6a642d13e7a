import { get, type JsonValue } from "@fairlead/apimachinery";
import { isKubeError, KubeError } from "../errors.ts";
import type { Resource } from "../resource.ts";
import type { Discovery } from "./discovery.ts";
import { findKind, hintFor, lookupResource } from "./find-resource.ts";
import { readSchemaDocument, type SchemaDocument } from "./published-schemas.ts";
import { aggregatedAccept, type GroupVersion, listPath, readResourceList, readRoot } from "./read-resources.ts";

/** GET of a JSON document. */
export type GetJson = (path: string, accept?: string) => Promise<JsonValue>;

interface Served {
  readonly resources: readonly Resource[];
  readonly failures: ReadonlyMap<string, string>;
}

/** How many group versions of an old server are asked for at once. */
const mostAtOnce = 8;

export function createDiscovery(getJson: GetJson, cluster: string): Discovery {
  let served: Promise<Served> | undefined;
  let serverVersion: Promise<string> | undefined;
  let schemaIndex: Promise<ReadonlyMap<string, string>> | undefined;
  /** By URL, which holds a hash of the document. */
  const documents = new Map<string, Promise<SchemaDocument>>();
  const refreshed = new WeakSet<Promise<Served>>();

  /** Everybody waits for the same answer; a failure is forgotten, so the next call asks again. */
  function load(): Promise<Served> {
    if (served !== undefined) return served;
    const loading = readServed(getJson);
    served = loading;
    loading.catch(() => {
      if (served === loading) served = undefined;
    });
    return loading;
  }

  /** What was not found in an answer may have come since. Callers that miss at the same time ask once. */
  async function findFresh<T>(search: (served: Served) => T | undefined): Promise<T | undefined> {
    const wasLoaded = served !== undefined;
    const seen = load();
    const found = search(await seen);
    if (found !== undefined || !wasLoaded) return found;
    if (served === seen && !refreshed.has(seen)) {
      refreshed.add(seen);
      served = undefined;
    }
    return search(await load());
  }

  async function find(kind: { readonly apiVersion: string; readonly kind: string }): Promise<Resource | undefined> {
    return findFresh(({ resources }) => findKind(resources, kind));
  }

  function version(): Promise<string> {
    serverVersion ??= forgetful(
      getJson("/version").then((answer) => {
        const text = get(answer, "gitVersion");
        if (typeof text !== "string") throw new KubeError("protocol", "the server tells no version", { cluster });
        return text.replace(/^v/, "");
      }),
      () => (serverVersion = undefined),
    );
    return serverVersion;
  }

  function index(): Promise<ReadonlyMap<string, string>> {
    schemaIndex ??= forgetful(getJson("/openapi/v3").then(readIndex), () => (schemaIndex = undefined));
    return schemaIndex;
  }

  function document(url: string): Promise<SchemaDocument> {
    const known = documents.get(url);
    if (known !== undefined) return known;
    const loading = forgetful(getJson(url).then(readSchemaDocument), () => documents.delete(url));
    documents.set(url, loading);
    return loading;
  }

  return {
    resources: async () => (await load()).resources,
    find,
    async resource(kind) {
      const found = await find(kind);
      if (found !== undefined) return found;
      const { resources, failures } = await load();
      throw new KubeError("unknown-kind", `the cluster ${cluster} does not serve ${kind.apiVersion} ${kind.kind}`, {
        cluster,
        hint: hintFor(resources, failures, kind),
      });
    },
    lookup: (text) => findFresh(({ resources }) => lookupResource(resources, text)),
    async schema({ apiVersion, kind }) {
      const [first = "", second] = apiVersion.split("/", 2);
      const group = second === undefined ? "" : first;
      const url = (await index()).get(group === "" ? `api/${first}` : `apis/${apiVersion}`);
      return url === undefined ? undefined : (await document(url)).find(group, second ?? first, kind);
    },
    version,
    failures: async () => (await load()).failures,
    invalidate() {
      served = undefined;
      schemaIndex = undefined;
    },
  };
}

function forgetful<T>(work: Promise<T>, forget: () => void): Promise<T> {
  work.catch(forget);
  return work;
}

async function readServed(getJson: GetJson): Promise<Served> {
  const roots = await Promise.all(["/api", "/apis"].map((path) => getRoot(getJson, path)));
  const versions = roots.flatMap(readRoot);
  const failures = new Map<string, string>();
  const lists: (readonly Resource[])[] = Array.from({ length: versions.length }, () => []);
  let next = 0;
  async function work(): Promise<void> {
    for (let at = next++; at < versions.length; at = next++)
      lists[at] = await readOne(getJson, versions[at]!, failures);
  }
  await Promise.all(Array.from({ length: mostAtOnce }, work));
  return { resources: lists.flat(), failures };
}

/** A server that knows none of the forms offered should answer with the plain one; some say 406. */
async function getRoot(getJson: GetJson, path: string): Promise<JsonValue> {
  try {
    return await getJson(path, aggregatedAccept);
  } catch (error) {
    if (isKubeError(error, "unsupported")) return getJson(path);
    // A server of nothing but a group has no core.
    if (isKubeError(error, "not-found") && path === "/api") return { kind: "APIVersions", versions: [] };
    throw error;
  }
}

async function readOne(
  getJson: GetJson,
  one: GroupVersion,
  failures: Map<string, string>,
): Promise<readonly Resource[]> {
  const name = one.group === "" ? one.version : `${one.group}/${one.version}`;
  if (one.failure !== undefined) failures.set(name, one.failure);
  if (one.resources !== undefined) return one.resources;
  try {
    return readResourceList(await getJson(listPath(one)), one.group, one.version);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    failures.set(name, error.message);
    return [];
  }
}

function readIndex(answer: JsonValue): ReadonlyMap<string, string> {
  const paths = get(answer, "paths");
  const urls = new Map<string, string>();
  for (const name of typeof paths === "object" && paths !== null ? Object.keys(paths) : []) {
    const url = get(get(paths, name), "serverRelativeURL");
    if (typeof url === "string" && url.startsWith("/")) urls.set(name, url);
  }
  return urls;
}
