import { celMap, celMethod, CelScalar, isCelMap, type CelFunc, type CelMap } from "@bufbuild/cel";
import { dns1123LabelProblem, dns1123SubdomainProblem } from "../names/names.ts";
import { MAP } from "./opaque.ts";

/** A question that an expression asks of the authorizer: about who sent the request, or a service account. */
export type AuthorizationCheck = {
  readonly verb: string;
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
} & ({ readonly kind: "path"; readonly path: string } | ({ readonly kind: "resource" } & ResourceCheck));

export interface ResourceCheck {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export type Authorize = (check: AuthorizationCheck) => { readonly allowed: boolean; readonly reason: string };

type State =
  | { readonly kind: "authorizer"; readonly by: Asker }
  | { readonly kind: "path"; readonly by: Asker; readonly path: string }
  | { readonly kind: "group"; readonly by: Asker; readonly group: string }
  | { readonly kind: "resource"; readonly by: Asker; readonly check: ResourceCheck }
  | { readonly kind: "decision"; readonly allowed: boolean; readonly reason: string };
type Asker = { readonly authorize: Authorize; readonly serviceAccount?: { namespace: string; name: string } };

const { BOOL, STRING } = CelScalar;
const states = new WeakMap<object, State>();

function value(state: State, more: ReadonlyMap<string, CelMap> = new Map()): CelMap {
  const made = celMap(new Map<string, CelMap | string>([["\u0000type", state.kind], ...more]));
  states.set(made, state);
  return made;
}

function stateOf<K extends State["kind"]>(of: unknown, ...kinds: readonly K[]): Extract<State, { kind: K }> {
  const state = isCelMap(of) ? states.get(of) : undefined;
  if (state === undefined || !kinds.includes(state.kind as K)) throw new Error("no such overload");
  return state as Extract<State, { kind: K }>;
}

/** The `authorizer` of an expression; `request` is what `authorizer.requestResource` asks about. */
export function authorizerValue(authorize: Authorize, request?: ResourceCheck): CelMap {
  const by: Asker = { authorize };
  const more = new Map<string, CelMap>();
  if (request !== undefined) more.set("requestResource", value({ kind: "resource", by, check: request }));
  return value({ kind: "authorizer", by }, more);
}

const narrowing = (name: string, field: keyof ResourceCheck): CelFunc =>
  celMethod(name, MAP, [STRING], MAP, function (text) {
    const { by, check } = stateOf(this, "resource");
    return value({ kind: "resource", by, check: { ...check, [field]: text } });
  });

// The authorizers here know no selectors, so a selector never makes a check narrower.
const selecting = (name: string): CelFunc =>
  celMethod(name, MAP, [STRING], MAP, function () {
    stateOf(this, "resource");
    return this;
  });

function needText(text: string, what: string): void {
  if (text.trim() === "") throw new Error(`${what} must not be empty`);
}

/** Kubernetes' functions of `authorizer`. */
export const authorizerFunctions: CelFunc[] = [
  celMethod("path", MAP, [STRING], MAP, function (path) {
    const { by } = stateOf(this, "authorizer");
    needText(path, "path");
    return value({ kind: "path", by, path });
  }),
  celMethod("group", MAP, [STRING], MAP, function (group) {
    return value({ kind: "group", by: stateOf(this, "authorizer").by, group });
  }),
  celMethod("serviceAccount", MAP, [STRING, STRING], MAP, function (namespace, name) {
    const { by } = stateOf(this, "authorizer");
    if (dns1123SubdomainProblem(name) !== undefined) throw new Error("Invalid service account name");
    if (dns1123LabelProblem(namespace) !== undefined) throw new Error("Invalid service account namespace");
    return value({ kind: "authorizer", by: { authorize: by.authorize, serviceAccount: { namespace, name } } });
  }),
  celMethod("resource", MAP, [STRING], MAP, function (resource) {
    const { by, group } = stateOf(this, "group");
    needText(resource, "resource");
    const check = { group, resource, subresource: "", namespace: "", name: "" };
    return value({ kind: "resource", by, check });
  }),
  narrowing("subresource", "subresource"),
  narrowing("namespace", "namespace"),
  narrowing("name", "name"),
  selecting("fieldSelector"),
  selecting("labelSelector"),
  celMethod("check", MAP, [STRING], MAP, function (verb) {
    const state = stateOf(this, "path", "resource");
    const { authorize, serviceAccount } = state.by;
    const who = serviceAccount === undefined ? {} : { serviceAccount };
    const about = state.kind === "path" ? { kind: state.kind, path: state.path } : { kind: state.kind, ...state.check };
    return value({ kind: "decision", ...authorize({ verb, ...who, ...about } as AuthorizationCheck) });
  }),
  celMethod("allowed", MAP, [], BOOL, function () {
    return stateOf(this, "decision").allowed;
  }),
  celMethod("reason", MAP, [], STRING, function () {
    return stateOf(this, "decision").reason;
  }),
  celMethod("errored", MAP, [], BOOL, function () {
    stateOf(this, "decision");
    return false;
  }),
  celMethod("error", MAP, [], STRING, function () {
    stateOf(this, "decision");
    return "";
  }),
];
