import type { ObjectMeta } from "@fairlead/krm";
import type { CloudIdentitySpec } from "../../kinds/cloud-identity.ts";
import { kind } from "../../kinds/generated/cloud-identity.ts";
import { conform } from "../conform.ts";
import type { Declaration } from "../declaration.ts";
import { object, text } from "../shared/read.ts";
import { objectMetadata, type ObjectNaming } from "../shared/metadata.ts";
import { reporter, type Reporter } from "../shared/report.ts";
import type { World } from "../world.ts";
import { accessFinding } from "./findings.ts";

export type AccessCode = keyof (typeof accessFinding)["definitions"];

/** What every file of this folder works on: one CloudIdentity, its surroundings, and where its findings go. */
export interface Identity {
  readonly declaration: Declaration<CloudIdentitySpec>;
  readonly spec: CloudIdentitySpec;
  readonly world: World;
  readonly name: string;
  readonly provider: "gcp" | "aws" | "azure";
  /** The name of the ServiceAccount in the cluster. */
  readonly serviceAccount: string;
  readonly report: Reporter<AccessCode>;
  metadata(naming: ObjectNaming): ObjectMeta;
}

const providersOf: { readonly [field: string]: Identity["provider"] } = {
  project: "gcp",
  account: "gcp",
  email: "gcp",
  displayName: "gcp",
  roles: "gcp",
  roleArn: "aws",
  clientId: "azure",
  tenantId: "azure",
};

export function resolveIdentity(given: Declaration<CloudIdentitySpec>, world: World): Identity {
  const spec = conform<CloudIdentitySpec>(given.spec, kind.spec) ?? {};
  const declaration = { ...given, spec };
  const report = reporter(accessFinding, given.ref);
  const provider = spec.provider ?? "gcp";
  const serviceAccount = spec.serviceAccount?.name ?? given.name;
  for (const [field, owner] of Object.entries(providersOf)) {
    if (owner === provider || spec[field as keyof CloudIdentitySpec] === undefined) continue;
    const hint = `remove it, or write provider: ${owner}`;
    report("FL457", {
      message: `${field} is ${owner}'s, and the provider is ${provider}`,
      hint,
      field: ["spec", field],
    });
  }
  checkApp(declaration, world, serviceAccount, report);
  const metadata = (naming: ObjectNaming) => objectMetadata(declaration, world, naming);
  return { declaration, spec, world, name: given.name, provider, serviceAccount, report, metadata };
}

/** An App of the same name uses the identity's ServiceAccount, unless it insists on making one. */
function checkApp(
  { spec, namespace }: Declaration<CloudIdentitySpec>,
  world: World,
  serviceAccount: string,
  report: Reporter<AccessCode>,
): void {
  if (spec.serviceAccount?.create === false) return;
  const app = world.declared("App", namespace, serviceAccount);
  const own = object(app?.spec);
  const settings = object(own?.serviceAccount);
  if (app === undefined || settings?.create !== true || (text(settings.name) ?? app.name) !== serviceAccount) return;
  const hint = "remove serviceAccount.create from the App: it uses the identity's ServiceAccount then";
  report("FL456", {
    message: `the App ${app.name} makes a ServiceAccount ${serviceAccount}, too`,
    hint,
    field: ["spec", "serviceAccount"],
  });
}
