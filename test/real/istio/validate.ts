/** What istiod's own validation says: that of the webhook which an installed Istio registers. */
import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { request } from "../../../scripts/real/request.ts";
import type { ControlPlane } from "./control-plane.ts";

export interface IstioVerdict {
  readonly object: JsonObject;
  readonly allowed: boolean;
  /** Why not. */
  readonly reason: string;
  readonly warnings: readonly string[];
}

/** Whether istiod has a say about it. */
export function isIstio(object: JsonObject): boolean {
  return /\.istio\.io\//.test(textOf(object["apiVersion"]));
}

/** Asks istiod about each object of Istio's groups. */
export async function validateByIstiod(
  { url, authority }: ControlPlane,
  objects: readonly JsonObject[],
): Promise<IstioVerdict[]> {
  const access = { url: new URL(url).origin, token: "", certificate: authority };
  const verdicts: IstioVerdict[] = [];
  for (const object of objects) {
    const answer = await request(access, { method: "POST", path: "/validate", body: JSON.stringify(review(object)) });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    const response = get(JSON.parse(answer.text) as JsonValue, "response");
    const warnings = get(response, "warnings");
    verdicts.push({
      object,
      allowed: get(response, "allowed") === true,
      reason: textOf(get(get(response, "status"), "message")),
      warnings: Array.isArray(warnings) ? warnings.map(textOf) : [],
    });
  }
  return verdicts;
}

function review(object: JsonObject): JsonObject {
  const [group = "", version = ""] = textOf(object["apiVersion"]).split("/");
  const kind = textOf(object["kind"]);
  const metadata = object["metadata"];
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      kind: { group, version, kind },
      resource: { group, version, resource: `${kind.toLowerCase()}s` },
      operation: "CREATE",
      namespace: textOf(get(metadata, "namespace")),
      name: textOf(get(metadata, "name")),
      userInfo: {},
      object,
    },
  };
}
