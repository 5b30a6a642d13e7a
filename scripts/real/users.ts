import { createPrivateKey, randomBytes, sign } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { type Issued, makeCertificate } from "../../packages/kube/test/make-certificate.ts";
import type { PlaneAccess } from "./access.ts";
import { RealPlaneError } from "./errors.ts";
import { request } from "./request.ts";

export const serviceAccountIssuer = "https://kubernetes.default.svc";

export interface PlaneUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** Gives a user a token, which the API server knows once it is started again. */
export function addUser(folder: string, { name, groups = [] }: PlaneUser): string {
  const token = randomBytes(24).toString("hex");
  appendFileSync(path.join(folder, "tokens.csv"), `${token},${name},${name},"${groups.join(",")}"\n`, { mode: 0o600 });
  return token;
}

const [authorityCertificate, authorityKey] = ["client-ca.crt", "client-ca.key"];

/** Makes the authority whose client certificates the API server takes, and returns the path of its certificate. */
export function createClientAuthority(folder: string): string {
  const { certificate, key } = makeCertificate({ name: "real-clients" });
  writeFileSync(path.join(folder, authorityCertificate), certificate);
  writeFileSync(path.join(folder, authorityKey), key, { mode: 0o600 });
  return path.join(folder, authorityCertificate);
}

/** A client certificate and its key, PEM texts: the server takes it at once. It ends in a day unless told. */
export function issueCertificate(plane: PlaneAccess, { name, groups = [] }: PlaneUser, notAfter?: Date): Issued {
  const read = (file: string): string => readFileSync(path.join(plane.folder, file), "utf8");
  const authority = { certificate: read(authorityCertificate), key: read(authorityKey) };
  return makeCertificate({ name, organizations: groups, authority, ...(notAfter === undefined ? {} : { notAfter }) });
}

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A new service account that may do what `rules` say, in the whole cluster; without rules, nothing. */
export async function createServiceAccount(
  plane: PlaneAccess,
  { name, namespace = "default", rules = [] }: { name: string; namespace?: string; rules?: readonly JsonObject[] },
): Promise<ServiceAccount> {
  const metadata = { name };
  const created = await create(plane, `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata });
  if (rules.length > 0) {
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    await create(plane, `${rbac}/clusterroles`, { metadata, rules: [...rules] as JsonValue[] });
    await create(plane, `${rbac}/clusterrolebindings`, {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", namespace, name }],
    });
  }
  return { namespace, name, uid: String(get(created["metadata"], "uid")) };
}

/** How long after its end the API server still takes a token, for clocks that differ. */
const leewaySeconds = 60;

/**
 * A token for the service account that the API server takes for so many seconds more (negative: no longer), signed with
 * its own key: the token API gives none below ten minutes. The server keeps for 10 s what it has verified.
 */
export function signToken(plane: PlaneAccess, { namespace, name, uid }: ServiceAccount, seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: serviceAccountIssuer,
    aud: [serviceAccountIssuer],
    sub: `system:serviceaccount:${namespace}:${name}`,
    iat: now - 3600,
    nbf: now - 3600,
    exp: now + seconds - leewaySeconds,
    jti: randomBytes(16).toString("hex"),
    "kubernetes.io": { namespace, serviceaccount: { name, uid } },
  };
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  const key = createPrivateKey(readFileSync(path.join(plane.folder, "sa.key"), "utf8"));
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}

async function create(plane: PlaneAccess, collection: string, object: JsonObject): Promise<JsonObject> {
  const answer = await request(plane, { method: "POST", path: collection, body: JSON.stringify(object) });
  if (answer.status === 201) return JSON.parse(answer.text) as JsonObject;
  throw new RealPlaneError("unexpected-answer", `POST ${collection}: ${answer.status} ${answer.text.slice(0, 500)}`);
}
