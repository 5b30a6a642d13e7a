import { dns1123LabelProblem, dns1123SubdomainProblem } from "@fairlead/apimachinery";

const prefix = "system:serviceaccount:";

/** The user name of a service account. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `${prefix}${namespace}:${name}`;
}

/** The groups that every service account of the namespace is in. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
}

/** The service account whose user name this is; undefined for another user's. */
export function serviceAccountOf(userName: string): { readonly namespace: string; readonly name: string } | undefined {
  if (!userName.startsWith(prefix)) return undefined;
  const [namespace, name, ...more] = userName.slice(prefix.length).split(":");
  if (namespace === undefined || name === undefined || more.length > 0) return undefined;
  if (dns1123LabelProblem(namespace) !== undefined || dns1123SubdomainProblem(name) !== undefined) return undefined;
  return { namespace, name };
}
