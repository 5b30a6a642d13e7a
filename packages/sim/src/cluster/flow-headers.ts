import { get, textOf } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import type { Store } from "../store/store.ts";

const group = "flowcontrol.apiserver.k8s.io";

/**
 * What flow control says of a request in its answer: whose it is to be counted with. Nothing is limited here, so only
 * the two schemas are told apart that every server has: that of `system:masters` and that of everybody else.
 */
export function flowHeaders(
  store: Store,
  { groups }: Pick<User, "groups">,
  asked: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const impersonated = asked["impersonate-user"] === undefined ? groups : [asked["impersonate-group"] ?? []].flat();
  const name = impersonated.includes("system:masters") ? "exempt" : "global-default";
  const uid = (plural: string): string => textOf(get(store.get(`${plural}.${group}`, name)?.object["metadata"], "uid"));
  const [schema, level] = [uid("flowschemas"), uid("prioritylevelconfigurations")];
  if (schema === "" || level === "") return {};
  return { "x-kubernetes-pf-flowschema-uid": schema, "x-kubernetes-pf-prioritylevel-uid": level };
}
