import type { KrmObject } from "@fairlead/krm";
import type { Identity } from "./identity.ts";
import { identityServiceAccount } from "./service-account.ts";

/** IAM roles for service accounts: https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
export function awsIdentity(identity: Identity): readonly KrmObject[] {
  const { spec, report } = identity;
  const { roleArn } = spec;
  if (roleArn === undefined || !/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn)) {
    const message =
      roleArn === undefined ? "the role is not named" : `${JSON.stringify(roleArn.slice(0, 80))} is no role's ARN`;
    report("FL454", { message, hint: "write roleArn: arn:aws:iam::ACCOUNT:role/NAME", field: ["spec", "roleArn"] });
    return [];
  }
  return identityServiceAccount(identity, { "eks.amazonaws.com/role-arn": roleArn });
}
