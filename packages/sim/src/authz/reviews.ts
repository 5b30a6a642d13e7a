import { get, isObject, type JsonObject, type JsonValue, setOwn, textOf } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import { ApiError, badRequest, type FieldProblem } from "../errors.ts";
import { type AccessReviewKind, accessReviewProblems } from "./access-review-problems.ts";
import type { Attributes, Authorizer } from "./authorizer.ts";
import { type PolicyRule, textsOf } from "./policy-rule.ts";
import { aggregate, problemText, type Rbac } from "./rbac.ts";
import { selectorErrors } from "./selector-attributes.ts";

/** A review that somebody creates: nothing is stored, the answer is the object with its status. */
export interface Review {
  /** As decoded, with the namespace of the path in its metadata. */
  readonly object: JsonObject;
  /** Of the request's path; empty for cluster-scoped reviews. */
  readonly namespace: string;
  /** Who creates it. */
  readonly user: User;
  /** Validating admission, asked once the object is known to be valid. */
  readonly admit?: (object: JsonObject) => void | Promise<void>;
}

/** Answers SubjectAccessReview, LocalSubjectAccessReview and SelfSubjectAccessReview. Throws an ApiError to refuse. */
export async function answerAccessReview(
  kind: AccessReviewKind,
  { object, namespace, user, admit }: Review,
  authorizer: Authorizer,
): Promise<JsonObject> {
  const problems = accessReviewProblems(kind, object);
  if (problems.length > 0) throw invalidReview(problems);
  if (kind === "LocalSubjectAccessReview") {
    if (namespace === "") throw badRequest("namespace is required on this type: ");
    if (textOf(get(get(object, "metadata"), "namespace")) !== namespace) {
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
    }
  }
  await admit?.(object);
  const spec = get(object, "spec");
  const subject = kind === "SelfSubjectAccessReview" ? user : subjectOf(spec);
  const { allowed, reason } = authorizer.decide(attributesOf(spec, subject));
  const errors = selectorErrors(get(spec, "resourceAttributes"));
  const status: JsonObject = {
    allowed,
    ...(reason === "" ? {} : { reason }),
    ...(errors.length === 0 ? {} : { evaluationError: errors.join("; ") }),
  };
  return { ...object, status };
}

/** The decoded object has lost its kind when it is validated, so the message names the group only. */
function invalidReview(problems: readonly FieldProblem[]): ApiError {
  const texts = problems.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
  return new ApiError(422, "Invalid", `.authorization.k8s.io "" is invalid: ${list}`, {
    group: "authorization.k8s.io",
    causes: problems.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

function subjectOf(spec: JsonValue | undefined): User {
  const uid = textOf(get(spec, "uid"));
  const listed = get(spec, "extra");
  const extra: JsonObject = {};
  for (const [key, values] of Object.entries(isObject(listed) ? listed : {})) setOwn(extra, key, [...textsOf(values)]);
  return {
    name: textOf(get(spec, "user")),
    ...(uid === "" ? {} : { uid }),
    groups: textsOf(get(spec, "groups")),
    ...(isObject(listed) ? { extra: extra as Record<string, string[]> } : {}),
  };
}

function attributesOf(spec: JsonValue | undefined, user: User): Attributes {
  const resource = get(spec, "resourceAttributes");
  if (!isObject(resource)) {
    const path = get(spec, "nonResourceAttributes");
    return { kind: "path", user, verb: textOf(get(path, "verb")), path: textOf(get(path, "path")) };
  }
  const version = textOf(get(resource, "version"));
  return {
    kind: "resource",
    user,
    verb: textOf(get(resource, "verb")),
    group: textOf(get(resource, "group")),
    version: version === "" ? "*" : version,
    resource: textOf(get(resource, "resource")),
    subresource: textOf(get(resource, "subresource")),
    namespace: textOf(get(resource, "namespace")),
    name: textOf(get(resource, "name")),
  };
}

/** Answers SelfSubjectRulesReview: what bindings grant to the user in a namespace. Throws an ApiError to refuse. */
export async function answerRulesReview({ object, user, admit }: Review, rbac: Rbac): Promise<JsonObject> {
  const namespace = textOf(get(get(object, "spec"), "namespace"));
  if (namespace === "") throw badRequest("no namespace on request");
  await admit?.(object);
  const apiVersion = get(object, "apiVersion") ?? "authorization.k8s.io/v1";
  const status = selfSubjectRules(user, namespace, rbac);
  return { kind: "SelfSubjectRulesReview", apiVersion, metadata: {}, spec: {}, status };
}

/**
 * `status` of a SelfSubjectRulesReview: the rules of all bindings that name the user, one after another, as they are.
 * Membership in `system:masters` is no rule.
 */
export function selfSubjectRules(user: User, namespace: string, rbac: Rbac): JsonObject {
  const resourceRules: JsonObject[] = [];
  const nonResourceRules: JsonObject[] = [];
  const problems: string[] = [];
  rbac.visit(user, namespace, (grant) => {
    if (grant.kind === "problem") problems.push(problemText(grant.problem));
    else {
      for (const rule of grant.rules) {
        if (rule.resources.length > 0) resourceRules.push(ruleOf(rule, "apiGroups", "resources", "resourceNames"));
        if (rule.nonResourceURLs.length > 0) nonResourceRules.push(ruleOf(rule, "nonResourceURLs"));
      }
    }
    return true;
  });
  return {
    resourceRules,
    nonResourceRules,
    incomplete: false,
    ...(problems.length === 0 ? {} : { evaluationError: aggregate(problems) }),
  };
}

function ruleOf(rule: PolicyRule, ...keys: readonly (keyof PolicyRule)[]): JsonObject {
  const present = keys.filter((key) => rule[key].length > 0).map((key) => [key, [...rule[key]]] as const);
  return { verbs: [...rule.verbs], ...Object.fromEntries(present) };
}
