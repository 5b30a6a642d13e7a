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
    readonly name?: string;
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
  /** Empty: of all names. */
  readonly name: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export function textOfRight({ namespace, verb, group, resource, name }: Right): string {
  const what = `${verb} ${resource}${group === "" ? "" : `.${group}`}`;
  return `${what}${name === "" ? "" : ` ${name}`}${namespace === "" ? "" : ` in ${namespace}`}`;
}

/** Of all Roles and ClusterRoles. */
export function rightsOf(objects: readonly KrmObject[]): readonly Right[] {
  return objects
    .filter(({ kind }) => kind === "Role" || kind === "ClusterRole")
    .flatMap(({ metadata, ...role }) =>
      rulesOf(role as JsonObject).flatMap(({ apiGroups, resources, verbs, resourceNames = [""] }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.flatMap((verb) =>
              resourceNames.map((name) => {
                return { namespace: String(metadata["namespace"] ?? ""), verb, group, resource, name };
              }),
            ),
          ),
        ),
      ),
    );
}

const rulesOf = (role: JsonObject): readonly Rule[] => role["rules"] as unknown as readonly Rule[];

/** Which of the rights a request needs; undefined: none of them, such as for what an API server serves. */
export function rightFor({ verb, objectRef }: AuditLine, rights: readonly Right[]): Right | undefined {
  if (objectRef?.resource === undefined) return undefined;
  const resource = [objectRef.resource, objectRef.subresource].filter((part) => part !== undefined).join("/");
  const fitting = rights.filter(
    (one) =>
      one.verb === verb &&
      one.resource === resource &&
      one.group === (objectRef.apiGroup ?? "") &&
      (one.name === "" || one.name === objectRef.name),
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
    const rules = rulesOf(object as unknown as JsonObject).flatMap((rule): Rule[] => {
      const { apiGroups, resources, verbs, resourceNames = [""] } = rule;
      if (!apiGroups.includes(right.group) || !resources.includes(right.resource)) return [rule];
      if (!resourceNames.includes(right.name)) return [rule];
      const names = resourceNames.filter((one) => one !== right.name);
      const its = { ...rule, resources: [right.resource], verbs: verbs.filter((one) => one !== right.verb) };
      return [
        { ...rule, resources: resources.filter((one) => one !== right.resource) },
        ...(names.length === 0 ? [] : [{ ...rule, resources: [right.resource], resourceNames: names }]),
        right.name === "" ? its : { ...its, resourceNames: [right.name] },
      ].filter((one) => one.resources.length > 0 && one.verbs.length > 0);
    });
    return { ...object, rules } as unknown as KrmObject;
  });
}
