import type { User } from "../api/user.ts";

/** What somebody wants to do, as SubjectAccessReview describes it. */
export type Attributes =
  | {
      readonly kind: "resource";
      readonly user: User;
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: "path"; readonly user: User; readonly verb: string; readonly path: string };

export interface Decision {
  readonly allowed: boolean;
  /** As RBAC says it: `RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to User "z"`. */
  readonly reason: string;
}

export interface Authorizer {
  decide(attributes: Attributes): Decision;
}
