import { createPrivateKey, X509Certificate } from "node:crypto";
import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { applyObject } from "../cluster/apply-object.ts";
import type { Cluster } from "../cluster/create-cluster.ts";
import { issueCertificate, type Issued } from "../serve/certificates/issue-certificate.ts";
import { systemClock } from "../serve/system-clock.ts";

const name = "istio-ca-secret";
const day = 24 * 3_600_000;

/**
 * The authority in the Secret `istio-ca-secret`, where istiod keeps the one that signs for itself (1.28 to 1.31); a new one
 * is put there. So a cluster that comes up again has the webhooks and root certificates of the last time.
 */
export async function keptAuthority(cluster: Cluster, namespace: string): Promise<Issued> {
  const kept = readAuthority(cluster.api.get("secrets", { namespace, name }));
  if (kept !== undefined) return kept;
  const now = systemClock.now();
  const dates = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + 3650 * day) };
  const authority = issueCertificate({ commonName: "istiod", usage: "authority", ...dates });
  const data = { "ca-cert.pem": authority.certificate, "ca-key.pem": authority.key };
  const secret: JsonObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "istio.io/ca-root",
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
  };
  for (const object of [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, secret]) {
    const applied = await applyObject(cluster.core, object, { fieldManager: "helm", force: true });
    if (applied.kind === "refused") throw new Error(`cannot keep the authority: ${textOf(applied.status["message"])}`);
  }
  return authority;
}

/** Undefined if there is none, or none that can sign: somebody else's Secret is replaced. */
function readAuthority(secret: JsonValue | undefined): Issued | undefined {
  const text = (key: string): string => Buffer.from(textOf(get(get(secret, "data"), key)), "base64").toString("utf8");
  const [certificate, key] = [text("ca-cert.pem"), text("ca-key.pem")];
  try {
    const isPair = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
    return isPair ? { certificate, key } : undefined;
  } catch {
    return undefined;
  }
}
