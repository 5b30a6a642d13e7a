import { createHash } from "node:crypto";
import { compareText, get, isObject, textOf } from "@fairlead/apimachinery";
import { refOf, type Finding, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { meshRunFinding } from "../findings.ts";
import type { RegistrySettings } from "../../../plan/mesh/config/registry-settings.ts";
import { pausedAnnotation } from "./paused.ts";

/** A cluster that a Secret registers. */
export interface Claim {
  /** The data key. */
  readonly name: string;
  readonly secret: ObjectRef;
  /** The kubeconfig. Secret: not enumerable, so that no print of a claim shows it. */
  readonly kubeconfig: string;
  /** Another one whenever the kubeconfig is another. */
  readonly digest: string;
  readonly paused: boolean;
}

export interface Claims {
  /** By name of the cluster. */
  readonly claims: ReadonlyMap<string, Claim>;
  readonly findings: readonly Finding[];
}

/** A kubeconfig with certificates is a few KB. */
const largestKubeconfig = 256 << 10;

/** Which Secret registers which cluster: of two with one name the older Secret's, whatever order they come in. */
export function claimsOf(secrets: Iterable<KrmObject>, settings: RegistrySettings): Claims {
  const claims = new Map<string, Claim>();
  const findings: Finding[] = [];
  const ordered = [...secrets].toSorted(byAge);
  for (const object of ordered) {
    const secret = refOf(object);
    const paused = get(object.metadata.annotations, pausedAnnotation) === "true";
    const data = object["data"];
    for (const name of isObject(data) ? Object.keys(data).toSorted(compareText) : []) {
      const problem = nameProblem(name);
      const encoded = get(data, name);
      if (problem !== undefined || typeof encoded !== "string" || encoded.length > largestKubeconfig) {
        const message = problem ?? `cluster ${name}: a kubeconfig is a text of at most ${largestKubeconfig >> 10} KiB`;
        findings.push(meshRunFinding("FL840", { message, object: secret }));
        continue;
      }
      const owner = claims.get(name)?.secret ?? (name === settings.home ? "the home cluster" : undefined);
      if (owner !== undefined) {
        const by = typeof owner === "string" ? owner : `Secret ${owner.namespace}/${owner.name}`;
        findings.push(meshRunFinding("FL841", { message: `the name ${name} is taken by ${by}`, object: secret }));
        continue;
      }
      if (claims.size >= settings.mostClusters) {
        const message = `cluster ${name}: more than ${settings.mostClusters} clusters are registered`;
        findings.push(meshRunFinding("FL849", { message, object: secret }));
        continue;
      }
      const kubeconfig = Buffer.from(encoded, "base64").toString();
      const digest = createHash("sha256").update(kubeconfig).digest("base64");
      const claim = { name, secret, digest, paused };
      claims.set(name, Object.defineProperty(claim, "kubeconfig", { value: kubeconfig, enumerable: false }) as Claim);
    }
  }
  return { claims, findings };
}

function byAge(a: KrmObject, b: KrmObject): number {
  const created = (object: KrmObject): string => textOf(object.metadata["creationTimestamp"]);
  return (
    compareText(created(a), created(b)) ||
    compareText(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compareText(a.metadata.name ?? "", b.metadata.name ?? "")
  );
}

/** Names stand in labels of endpoints, in logs and metrics. */
function nameProblem(name: string): string | undefined {
  if (/^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(name)) return undefined;
  return `${JSON.stringify(name.slice(0, 80))} is no name of a cluster: at most 63 letters, digits, dots, dashes and underscores`;
}
