import type { KrmObject } from "@fairlead/krm";
import type { Identity } from "./identity.ts";
import { identityServiceAccount } from "./service-account.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const prefix = "azure.workload.identity";

/** https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html */
export function azureIdentity(identity: Identity): readonly KrmObject[] {
  const { spec, report } = identity;
  const { clientId, tenantId } = spec;
  if (clientId === undefined || !uuid.test(clientId)) {
    const message =
      clientId === undefined
        ? "the client id is not named"
        : `${JSON.stringify(clientId.slice(0, 80))} is no client id`;
    report("FL454", { message, hint: "write the managed identity's clientId, a UUID", field: ["spec", "clientId"] });
    return [];
  }
  if (tenantId !== undefined && !uuid.test(tenantId)) {
    const message = `${JSON.stringify(tenantId.slice(0, 80))} is no tenant id`;
    report("FL454", {
      message,
      hint: "write a UUID, or leave it out for the cluster's tenant",
      field: ["spec", "tenantId"],
    });
  }
  const hint = `write pod: {labels: {${prefix}/use: "true"}} in the App`;
  report("FL458", {
    message: `pods with this identity need the label ${prefix}/use`,
    hint,
    field: ["spec", "provider"],
  });
  const annotations = {
    [`${prefix}/client-id`]: clientId,
    ...(tenantId === undefined ? {} : { [`${prefix}/tenant-id`]: tenantId }),
  };
  return identityServiceAccount(identity, annotations, { [`${prefix}/use`]: "true" });
}
