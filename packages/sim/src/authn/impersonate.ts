import type { User } from "../api/user.ts";
import type { Attributes, Authorizer } from "../authz/authorizer.ts";
import { forbiddenError } from "../authz/forbidden.ts";
import { ApiError } from "../errors.ts";
import type { Presented } from "./authenticator.ts";
import { impersonated, type ImpersonationScope, nodeOf } from "./impersonation-checks.ts";
import { wantedUser } from "./impersonation-headers.ts";
import { serviceAccountOf } from "./service-account-name.ts";
import { nodeNameKey } from "./well-known-users.ts";

export type Impersonation =
  /** The request names nobody: it goes on as who sent it. */
  | { readonly kind: "none" }
  | { readonly kind: "user"; readonly user: User }
  | { readonly kind: "refused"; readonly error: ApiError };

/**
 * Who a request is from, once its `Impersonate-*` headers are heard: `attributes` is what the request asks for, by who
 * sent it.
 */
export type Impersonate = (headers: Presented["headers"], attributes: Attributes) => Impersonation;

/** A way in which somebody may impersonate; `applies` says for whom. */
interface Mode {
  readonly name: string | undefined;
  readonly scope: ImpersonationScope;
  readonly applies: (wanted: User, requestor: User) => boolean;
  /** Through what the authorizer is asked. */
  readonly asks?: (attributes: Attributes) => Attributes;
}

const constrained = (name: string, applies: Mode["applies"], asks?: Mode["asks"]): Mode => ({
  name,
  scope: { verb: `impersonate:${name}`, constrained: true },
  applies,
  ...(asks === undefined ? {} : { asks }),
});

const onlyNamed = ({ uid, groups, extra }: User): boolean =>
  uid === undefined && groups.length === 0 && extra === undefined;

/** The modes of Kubernetes 1.36, in the order in which they are tried: KEP 5284, then what there always was. */
const modes: readonly Mode[] = [
  constrained(
    "associated-node",
    (wanted, requestor) => {
      const node = nodeOf(wanted.name);
      const own = requestor.extra?.[nodeNameKey];
      const isAccount = serviceAccountOf(requestor.name) !== undefined;
      return onlyNamed(wanted) && node !== undefined && isAccount && own?.length === 1 && own[0] === node;
    },
    // Whoever may do so may do so for whatever node he is on.
    (attributes) =>
      attributes.kind === "resource" && attributes.verb === "impersonate:associated-node"
        ? { ...attributes, name: "*" }
        : attributes,
  ),
  constrained("arbitrary-node", (wanted) => onlyNamed(wanted) && nodeOf(wanted.name) !== undefined),
  constrained("serviceaccount", (wanted) => onlyNamed(wanted) && serviceAccountOf(wanted.name) !== undefined),
  constrained("user-info", ({ name }) => nodeOf(name) === undefined && serviceAccountOf(name) === undefined),
  { name: undefined, scope: { verb: "impersonate", constrained: false }, applies: () => true },
];

const remembered = 10_000;

/**
 * Impersonation as Kubernetes 1.36 has it: a request is tried in each mode that applies, first in that by which the
 * sender last succeeded. If none allows it, the first refusal is the answer.
 */
export function createImpersonation(authorizer: Authorizer): Impersonate {
  const last = new Map<string, Mode>();
  return (headers, attributes) => {
    const wanted = wantedUser(headers);
    if (wanted === undefined) return { kind: "none" };
    if (wanted instanceof ApiError) return { kind: "refused", error: wanted };
    const requestor = attributes.user;
    const first = last.get(requestor.name);
    const order = first === undefined ? modes : [first, ...modes.filter((mode) => mode !== first)];
    let refused: ApiError | undefined;
    for (const mode of order) {
      if (!mode.applies(wanted, requestor)) continue;
      const user = attempt(mode, wanted, attributes, authorizer);
      if (user instanceof ApiError) {
        refused ??= user;
        continue;
      }
      if (last.size >= remembered) last.clear();
      last.set(requestor.name, mode);
      return { kind: "user", user };
    }
    // The last mode applies to everybody, so that somebody has refused.
    return { kind: "refused", error: refused! };
  };
}

function attempt(
  { name, scope, asks = (attributes) => attributes }: Mode,
  wanted: User,
  attributes: Attributes,
  authorizer: Authorizer,
): User | ApiError {
  const check = (one: Attributes): ApiError | undefined => {
    const asked = asks(one);
    const { allowed, reason } = authorizer.decide(asked);
    return allowed ? undefined : forbiddenError(asked, reason);
  };
  if (name !== undefined) {
    const problem = check({ ...attributes, verb: `impersonate-on:${name}:${attributes.verb}` });
    if (problem !== undefined) return problem;
  }
  return impersonated(wanted, attributes.user, scope, check);
}
