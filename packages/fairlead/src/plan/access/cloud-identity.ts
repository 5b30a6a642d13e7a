import type { KrmObject } from "@fairlead/krm";
import type { CloudIdentitySpec } from "../../kinds/cloud-identity.ts";
import type { Planner } from "../planner.ts";
import { awsIdentity } from "./aws.ts";
import { azureIdentity } from "./azure.ts";
import { gcpIdentity } from "./gcp.ts";
import { resolveIdentity, type Identity } from "./identity.ts";

const providers: { readonly [provider: string]: (identity: Identity) => readonly KrmObject[] } = {
  gcp: gcpIdentity,
  aws: awsIdentity,
  azure: azureIdentity,
};

export const cloudIdentityPlanner: Planner<CloudIdentitySpec> = {
  kind: "CloudIdentity",
  plan(given, world) {
    const identity = resolveIdentity(given, world);
    const desired = providers[identity.provider]!(identity);
    return { scope: given.ref, desired, complete: true, actions: [], needs: [], findings: identity.report.findings };
  },
};
