import type { KrmObject } from "@fairlead/krm";
import { fields } from "../shared/fields.ts";
import { iamApi, projectAnnotation, type GoogleAccount } from "./google-account.ts";
import { roleGrants } from "./grants.ts";
import type { Identity } from "./identity.ts";
import { identityServiceAccount } from "./service-account.ts";

const workloadIdentityUser = "roles/iam.workloadIdentityUser";

/** Workload Identity: https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity */
export function gcpIdentity(identity: Identity): readonly KrmObject[] {
  const account = googleAccount(identity);
  const member = account === undefined ? undefined : workloadMember(identity, account);
  if (account === undefined || member === undefined) return [];
  const { declaration } = identity;
  const annotations = { "iam.gke.io/gcp-service-account": account.email };
  return [
    ...identityServiceAccount(identity, annotations),
    ...serviceAccountObject(identity, account),
    declaration.compat ? partialPolicy(identity, account, member) : policyMember(identity, account, member),
    ...roleGrants(identity, account),
  ];
}

function googleAccount({ spec, world, name, report }: Identity): GoogleAccount | undefined {
  const project = spec.project ?? world.environment.settings.messaging?.project ?? projectOf(spec.email);
  if (project === undefined || project === "") {
    const hint = "write `project`, or set messaging.project in the Environment";
    report("FL450", { message: "the Google Cloud project is not known", hint, field: ["spec", "project"] });
    return undefined;
  }
  if (spec.email !== undefined) return { project, email: spec.email, objectName: undefined };
  const id = spec.account ?? name;
  if (!/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/.test(id)) {
    const message = `${JSON.stringify(id.slice(0, 80))} is no id of a Google service account`;
    const hint = "write `account` with 6 to 30 lower-case letters, digits and dashes";
    report("FL452", { message, hint, field: ["spec", "account"] });
    return undefined;
  }
  return { project, email: `${id}@${project}.iam.gserviceaccount.com`, objectName: name };
}

function projectOf(email: string | undefined): string | undefined {
  return /^[^@]+@([^.]+)\.iam\.gserviceaccount\.com$/.exec(email ?? "")?.[1];
}

function workloadMember(
  { declaration, report, serviceAccount }: Identity,
  { project }: GoogleAccount,
): string | undefined {
  const { namespace } = declaration;
  if (namespace !== undefined) return `serviceAccount:${project}.svc.id.goog[${namespace}/${serviceAccount}]`;
  const message = "the binding needs the namespace of the ServiceAccount";
  report("FL451", { message, hint: "write metadata.namespace", field: ["metadata", "namespace"] });
  return undefined;
}

function serviceAccountObject(identity: Identity, account: GoogleAccount): readonly KrmObject[] {
  if (account.objectName === undefined) return [];
  const { spec, name } = identity;
  const resourceID = spec.account === undefined || spec.account === name ? undefined : spec.account;
  const { displayName, description } = spec;
  return [
    {
      apiVersion: iamApi,
      kind: "IAMServiceAccount",
      metadata: identity.metadata({ name: account.objectName, annotations: projectAnnotation(account) }),
      spec: fields({ resourceID, displayName: displayName ?? name, description }),
    },
  ];
}

function accountRef({ objectName, project, email }: GoogleAccount) {
  const own = { apiVersion: iamApi, kind: "IAMServiceAccount" };
  if (objectName !== undefined) return { ...own, name: objectName };
  return { ...own, external: `projects/${project}/serviceAccounts/${email}` };
}

/** One member of the role: others may be bound elsewhere, unlike with a whole IAMPolicy. */
function policyMember(identity: Identity, account: GoogleAccount, member: string): KrmObject {
  return {
    apiVersion: iamApi,
    kind: "IAMPolicyMember",
    metadata: identity.metadata({
      name: `${identity.name}-workload-identity`,
      annotations: projectAnnotation(account),
    }),
    spec: { member, role: workloadIdentityUser, resourceRef: accountRef(account) },
  };
}

/** The predecessor's form of the same. */
function partialPolicy(identity: Identity, account: GoogleAccount, member: string): KrmObject {
  return {
    apiVersion: iamApi,
    kind: "IAMPartialPolicy",
    metadata: identity.metadata({ name: identity.name, annotations: projectAnnotation(account) }),
    spec: { resourceRef: accountRef(account), bindings: [{ role: workloadIdentityUser, members: [{ member }] }] },
  };
}
