import { print } from "@fairlead/krm";
import type { MemberToken } from "./give-access.ts";

/** A kubeconfig of one cluster and one token: no programs, no files. */
export function kubeconfigOf(name: string, server: string, { token, ca }: MemberToken): string {
  return print({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
