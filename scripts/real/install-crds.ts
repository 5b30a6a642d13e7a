import { setTimeout as sleep } from "node:timers/promises";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { PlaneAccess } from "./access.ts";
import { mapBounded } from "./bounded.ts";
import { discover, type Resource } from "./discovery.ts";
import { RealPlaneError } from "./errors.ts";
import { request } from "./request.ts";

const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/**
 * Installs CRDs through server-side apply and waits until the server serves them (which it does once Established).
 * Resolves to everything the server then serves.
 */
export async function installCrds(
  plane: PlaneAccess,
  crds: readonly JsonObject[],
  timeoutMs = 240_000,
): Promise<readonly Resource[]> {
  await mapBounded(crds, 8, async (crd) => {
    const name = crdName(crd);
    const path = `${collection}/${name}?fieldManager=fairlead-test&force=true`;
    const body = JSON.stringify(crd);
    const answer = await request(plane, { method: "PATCH", path, body, contentType: "application/apply-patch+yaml" });
    if (answer.status >= 300) {
      throw new RealPlaneError("unexpected-answer", `CRD ${name}: ${answer.status} ${answer.text.slice(0, 2000)}`);
    }
  });
  const wanted = crds.flatMap(servedVersions);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const resources = await discover(plane);
    const missing = wanted.filter((one) => !resources.some((found) => matches(found, one)));
    if (missing.length === 0) return resources;
    if (performance.now() > deadline) {
      const names = new Set(missing.map((one) => one.crd));
      const why = (await conditions(plane, names)).join("; ");
      throw new RealPlaneError("unexpected-answer", `CRDs are not served after ${timeoutMs / 1000} s: ${why}`);
    }
    await sleep(100);
  }
}

type Served = Pick<Resource, "group" | "version" | "kind"> & { readonly crd: string };

function matches(found: Resource, wanted: Served): boolean {
  return found.group === wanted.group && found.version === wanted.version && found.kind === wanted.kind;
}

function crdName(crd: JsonObject): string {
  return String(get(crd["metadata"], "name"));
}

function servedVersions(crd: JsonObject): Served[] {
  const spec = crd["spec"];
  const versions = get(spec, "versions");
  return (Array.isArray(versions) ? versions : [])
    .filter((version) => get(version, "served") === true)
    .map((version) => ({
      crd: crdName(crd),
      group: String(get(spec, "group")),
      version: String(get(version, "name")),
      kind: String(get(get(spec, "names"), "kind")),
    }));
}

/** What the server says about CRDs that it does not serve, such as `x.example.com NamesAccepted=False (…)`. */
async function conditions(plane: PlaneAccess, names: ReadonlySet<string>): Promise<string[]> {
  return await mapBounded([...names], 8, async (name) => {
    const answer = await request(plane, { path: `${collection}/${name}` });
    const found = get((JSON.parse(answer.text) as JsonObject)["status"], "conditions");
    const texts = (Array.isArray(found) ? found : []).map(
      (one) => `${String(get(one, "type"))}=${String(get(one, "status"))} (${String(get(one, "message"))})`,
    );
    return `${name} ${texts.join(", ")}`;
  });
}
