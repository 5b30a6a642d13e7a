import { get, isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import { goQuote } from "../authz/go-quote.ts";
import { badRequest, conflict, invalid, notFound } from "../errors.ts";
import { type ObjectRef, payloadOf } from "./service-account-claims.ts";
import { type ServiceAccountTokenOptions, uidOf } from "./service-account-tokens.ts";

/** A TokenRequest that somebody creates below a service account. */
export interface TokenRequest {
  /** Of the request's path: those of the service account. */
  readonly namespace: string;
  readonly name: string;
  /** As decoded: its `metadata.uid` is the sender's, if he gave one. */
  readonly object: JsonObject;
  /** Validating admission, asked once the object is known to be valid. */
  readonly admit?: (object: JsonObject) => void | Promise<void>;
}

export interface TokenIssuer extends ServiceAccountTokenOptions {
  /** A new UUID: which token it was. */
  readonly newId: () => string;
}

const group = "authentication.k8s.io";
const target = { group, plural: "TokenRequest" };
const kind = { group, kind: "TokenRequest" };

// What the kubelet asks for: such tokens of pods live on for a year, for programs that never read their file again.
const extendedSeconds = 3_607;
const yearSeconds = 31_536_000;

/** Answers a TokenRequest: the object with its token in `status`. Throws an ApiError to refuse. */
export async function createToken(request: TokenRequest, issuer: TokenIssuer): Promise<JsonObject> {
  const { namespace, name, object } = request;
  nameMatches(request);
  const account = issuer.lookup("serviceaccounts", namespace, name);
  if (account === undefined) throw notFound({ group: "", plural: "serviceaccounts" }, name);
  const uid = textOf(get(get(object, "metadata"), "uid"));
  if (uid !== "" && uid !== uidOf(account)) {
    const why = `the UID in the token request (${uid}) does not match the UID of the service account (${uidOf(account)})`;
    throw conflict(target, name, why);
  }
  const now = issuer.now();
  const made = withDefaults(object, { namespace, name, uid: uidOf(account) }, issuer.apiAudiences, now);
  lifetimeIsValid(made.spec.expirationSeconds);
  await request.admit?.(made);
  const bound = boundObjects(made.spec.boundObjectRef, request, issuer);
  const token = issuer.keys.sign(payloadFor(made, bound, issuer, now));
  const expirationTimestamp = timestamp(now + made.spec.expirationSeconds * 1000);
  return { ...made, status: { token, expirationTimestamp } };
}

function nameMatches({ namespace, name, object }: TokenRequest): void {
  const metadata = get(object, "metadata");
  const wrong = (field: string, value: string): never => {
    const message = `Invalid value: ${goQuote(value)}: must match the service account ${field} if specified`;
    throw invalid(kind, name, [{ field: `metadata.${field}`, reason: "FieldValueInvalid", message }]);
  };
  const [ownName, ownNamespace] = [textOf(get(metadata, "name")), textOf(get(metadata, "namespace"))];
  if (ownName !== "" && ownName !== name) wrong("name", ownName);
  if (ownNamespace !== "" && ownNamespace !== namespace) wrong("namespace", ownNamespace);
}

type Made = JsonObject & {
  readonly metadata: JsonObject;
  readonly spec: JsonObject & { audiences: string[]; expirationSeconds: number; boundObjectRef: JsonValue };
};

function withDefaults(
  object: JsonObject,
  account: { readonly namespace: string; readonly name: string; readonly uid: string },
  apiAudiences: readonly string[],
  now: number,
): Made {
  const spec = get(object, "spec");
  const { name, namespace, uid } = account;
  const { status: _, ...rest } = object;
  const metadata = get(object, "metadata");
  const listed = get(spec, "audiences");
  const audiences = (Array.isArray(listed) ? listed : []).filter((one) => typeof one === "string");
  const seconds = get(spec, "expirationSeconds");
  return {
    ...rest,
    metadata: { ...(isObject(metadata) ? metadata : {}), name, namespace, uid, creationTimestamp: timestamp(now) },
    spec: {
      audiences: audiences.length === 0 ? [...apiAudiences] : audiences,
      expirationSeconds: typeof seconds === "number" ? seconds : 3600,
      boundObjectRef: get(spec, "boundObjectRef") ?? null,
    },
  };
}

function lifetimeIsValid(seconds: number): void {
  const why =
    seconds < 600
      ? "may not specify a duration less than 10 minutes"
      : seconds > 2 ** 32
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (why === undefined) return;
  const message = `Invalid value: ${seconds}: ${why}`;
  throw invalid(kind, "", [{ field: "spec.expirationSeconds", reason: "FieldValueInvalid", message }]);
}

interface Bound {
  readonly pod?: ObjectRef;
  readonly secret?: ObjectRef;
  readonly node?: ObjectRef;
}

function boundObjects(ref: JsonValue, { namespace, name }: TokenRequest, { lookup }: TokenIssuer): Bound {
  if (!isObject(ref)) return {};
  const type = groupAndKind(textOf(get(ref, "apiVersion")), textOf(get(ref, "kind")));
  const resource = type.group === "" ? bindable.get(type.kind) : undefined;
  if (resource === undefined) throw badRequest(`cannot bind token to object of type ${type.text}`);
  const wanted = textOf(get(ref, "name"));
  const object = lookup(resource, resource === "nodes" ? "" : namespace, wanted);
  if (object === undefined) throw notFound({ group: "", plural: resource }, wanted);
  let node: ObjectRef | undefined;
  if (resource === "pods") {
    if (textOf(get(get(object, "spec"), "serviceAccountName")) !== name) {
      throw badRequest(
        `cannot bind token for serviceaccount ${goQuote(name)} to pod running with different serviceaccount name.`,
      );
    }
    const nodeName = textOf(get(get(object, "spec"), "nodeName"));
    // A node that is not there is named all the same: it says where the pod was to run.
    if (nodeName !== "") node = { name: nodeName, uid: uidOf(lookup("nodes", "", nodeName) ?? {}) };
  }
  const uid = textOf(get(ref, "uid"));
  if (uid !== "" && uid !== uidOf(object)) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: "", plural: type.kind }, wanted, why);
  }
  const found = { name: wanted, uid: uidOf(object) };
  if (resource === "secrets") return { secret: found };
  return resource === "nodes" ? { node: found } : { pod: found, ...(node === undefined ? {} : { node }) };
}

const bindable = new Map([
  ["Pod", "pods"],
  ["Node", "nodes"],
  ["Secret", "secrets"],
]);

function groupAndKind(apiVersion: string, kindName: string) {
  const parts = apiVersion.split("/");
  const [groupName, version] = parts.length === 1 ? ["", parts[0]!] : parts.length === 2 ? parts : ["", ""];
  return { group: groupName!, kind: kindName, text: `${groupName}/${version}, Kind=${kindName}` };
}

function payloadFor({ metadata, spec }: Made, bound: Bound, issuer: TokenIssuer, now: number): JsonObject {
  const { audiences, expirationSeconds } = spec;
  const extended =
    bound.pod !== undefined &&
    expirationSeconds === extendedSeconds &&
    audiences.every((one) => issuer.apiAudiences.includes(one));
  const second = Math.floor(now / 1000);
  const claims = {
    ...bound,
    audiences,
    namespace: textOf(metadata["namespace"]),
    serviceAccount: { name: textOf(metadata["name"]), uid: textOf(metadata["uid"]) },
    id: issuer.newId(),
    issuedAt: second,
    notBefore: second,
    expires: second + (extended ? yearSeconds : expirationSeconds),
    ...(extended ? { warnAfter: second + expirationSeconds } : {}),
  };
  return payloadOf(claims, issuer.issuer);
}

const timestamp = (milliseconds: number): string =>
  new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace(".000Z", "Z");
