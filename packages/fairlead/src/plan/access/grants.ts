import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { CloudIdentitySpec } from "../../kinds/cloud-identity.ts";
import { contentHash } from "../shared/content-hash.ts";
import { fields } from "../shared/fields.ts";
import { iamApi, projectAnnotation, type GoogleAccount } from "./google-account.ts";
import type { Identity } from "./identity.ts";

type Grant = Exclude<NonNullable<CloudIdentitySpec["roles"]>[number], string>;

/** An IAMPolicyMember for each role. All of its fields are immutable, so its name says what it grants. */
export function roleGrants(identity: Identity, account: GoogleAccount): readonly KrmObject[] {
  const taken = new Set<string>();
  return (identity.spec.roles ?? []).flatMap((written, index) => {
    const grant: Grant = typeof written === "string" ? { role: written } : written;
    const field = ["spec", "roles", index];
    if (!checkRole(identity, grant, field)) return [];
    const name = grantName(identity.name, grant);
    if (taken.has(name)) {
      identity.report("FL459", { message: `${grant.role} is granted twice`, hint: "remove one", field });
      return [];
    }
    taken.add(name);
    const { condition } = grant;
    return {
      apiVersion: iamApi,
      kind: "IAMPolicyMember",
      metadata: identity.metadata({ name, annotations: projectAnnotation(account) }),
      spec: fields({
        ...memberOf(account),
        role: grant.role,
        resourceRef: resourceRef(grant, account),
        condition: condition === undefined ? undefined : fields(condition),
      }),
    };
  });
}

function checkRole({ report }: Identity, { role, resource }: Grant, field: readonly (string | number)[]): boolean {
  if (!/^((projects|organizations)\/[^/]+\/)?roles\/[\w.]+$/.test(role)) {
    const hint = /^[\w.]+$/.test(role) ? `write roles/${role}` : "write roles/NAME, such as roles/pubsub.publisher";
    report("FL453", { message: `${JSON.stringify(role.slice(0, 80))} is no role`, hint, field });
    return false;
  }
  if (role === "roles/owner" || role === "roles/editor") {
    report("FL455", { message: `${role} grants nearly everything`, hint: "grant the roles that are needed", field });
  }
  if (resource === undefined || (resource.name === undefined) !== (resource.external === undefined)) return true;
  if (resource.kind === "Project" && resource.name === undefined) return true;
  const message =
    resource.name === undefined
      ? `which ${resource.kind} is not said`
      : "the resource has both a name and an external one";
  report("FL460", { message, hint: "write one of `name` and `external`", field: [...field, "resource"] });
  return false;
}

/** `orders-pubsub-publisher`; a resource or condition of its own adds a hash of it. */
function grantName(identity: string, { role, resource, condition }: Grant): string {
  const slug = role
    .replace(/^.*roles\//, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const own = role.startsWith("roles/") && resource === undefined && condition === undefined;
  const hash = own
    ? ""
    : `-${contentHash(fields({ role, resource: resource && fields(resource), condition: condition && fields(condition) }), 6)}`;
  return `${identity}-${slug.slice(0, 100)}${hash}`;
}

function memberOf({ objectName, email }: GoogleAccount): JsonObject {
  if (objectName !== undefined) return { memberFrom: { serviceAccountRef: { name: objectName } } };
  return { member: `serviceAccount:${email}` };
}

/** API groups of what roles are granted on most. */
const groups: { readonly [kind: string]: string } = {
  Project: "resourcemanager.cnrm.cloud.google.com/v1beta1",
  PubSubTopic: "pubsub.cnrm.cloud.google.com/v1beta1",
  PubSubSubscription: "pubsub.cnrm.cloud.google.com/v1beta1",
  StorageBucket: "storage.cnrm.cloud.google.com/v1beta1",
  SecretManagerSecret: "secretmanager.cnrm.cloud.google.com/v1beta1",
  BigQueryDataset: "bigquery.cnrm.cloud.google.com/v1beta1",
  SpannerInstance: "spanner.cnrm.cloud.google.com/v1beta1",
  ArtifactRegistryRepository: "artifactregistry.cnrm.cloud.google.com/v1beta1",
};

function resourceRef({ resource }: Grant, { project }: GoogleAccount): JsonObject {
  const kind = resource?.kind ?? "Project";
  const { name, namespace, external } = resource ?? {};
  const whole = kind === "Project" && name === undefined ? (external ?? `projects/${project}`) : external;
  const apiVersion = resource?.apiVersion ?? (Object.hasOwn(groups, kind) ? groups[kind] : undefined);
  return fields({ apiVersion, kind, name, namespace: whole === undefined ? namespace : undefined, external: whole });
}
