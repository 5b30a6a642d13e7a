/** What an API server writes down about the requests of one account, and which of its rights they used. */
import { existsSync, readFileSync } from "node:fs";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

export interface AuditLine {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: { readonly [key: string]: string };
}

/** Everything that the account sends, as soon as it is answered. */
export function auditPolicy(account: string): JsonObject {
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata", users: [account] }, { level: "None" }],
  };
}

/** From `offset` on; a line that is being written is left for the next time. */
export function readAudit(file: string, offset = 0): { readonly lines: readonly AuditLine[]; readonly end: number } {
  const bytes = existsSync(file) ? readFileSync(file).subarray(offset) : Buffer.alloc(0);
  const size = bytes.lastIndexOf(10) + 1;
  const texts = bytes.subarray(0, size).toString("utf8").split("\n").slice(0, -1);
  return { lines: texts.map((text) => JSON.parse(text) as AuditLine), end: offset + size };
}

export const isRefused = ({ responseStatus, annotations }: AuditLine): boolean =>
  responseStatus?.code === 403 || annotations?.["authorization.k8s.io/decision"] === "forbid";

/** One verb of one resource in one Role (by its namespace), or in the ClusterRole. */
export interface Right {
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

export const textOfRight = ({ namespace, verb, group, resource }: Right): string =>
  `${verb} ${resource}${group === "" ? "" : `.${group}`}${namespace === "" ? "" : ` in ${namespace}`}`;

/** Of all Roles and ClusterRoles. */
export function rightsOf(objects: readonly KrmObject[]): readonly Right[] {
  return objects
    .filter(({ kind }) => kind === "Role" || kind === "ClusterRole")
    .flatMap(({ metadata, ...role }) =>
      (
        (role as JsonObject)["rules"] as unknown as { apiGroups: string[]; resources: string[]; verbs: string[] }[]
      ).flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.map((verb) => ({ namespace: String(metadata["namespace"] ?? ""), verb, group, resource })),
          ),
        ),
      ),
    );
}

/** Which of the rights a request needs; undefined: none of them, such as for what an API server serves. */
export function rightFor({ verb, objectRef }: AuditLine, rights: readonly Right[]): Right | undefined {
  if (objectRef?.resource === undefined) return undefined;
  const resource = [objectRef.resource, objectRef.subresource].filter((part) => part !== undefined).join("/");
  const fitting = rights.filter(
    (one) => one.verb === verb && one.resource === resource && one.group === (objectRef.apiGroup ?? ""),
  );
  return (
    fitting.find(({ namespace }) => namespace === objectRef.namespace) ?? fitting.find((one) => one.namespace === "")
  );
}

/** The roles without one right. */
export function withoutRight(objects: readonly KrmObject[], right: Right): readonly KrmObject[] {
  return objects.map((object) => {
    const isIts = object.kind === (right.namespace === "" ? "ClusterRole" : "Role");
    if (!isIts || (object.metadata["namespace"] ?? "") !== right.namespace) return object;
    const rules = (
      object["rules"] as unknown as { apiGroups: string[]; resources: string[]; verbs: string[] }[]
    ).flatMap((rule) => {
      if (!rule.apiGroups.includes(right.group) || !rule.resources.includes(right.resource)) return [rule];
      const others = { ...rule, resources: rule.resources.filter((one) => one !== right.resource) };
      const its = { ...rule, resources: [right.resource], verbs: rule.verbs.filter((one) => one !== right.verb) };
      return [others, its].filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0);
    });
    return { ...object, rules } as unknown as KrmObject;
  });
}
