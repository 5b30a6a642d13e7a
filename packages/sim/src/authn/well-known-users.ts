import type { User } from "../api/user.ts";

export const authenticatedGroup = "system:authenticated";
export const unauthenticatedGroup = "system:unauthenticated";
export const anonymousName = "system:anonymous";

/** In `extra`: which credential it was, as `JTI=…` or `X509SHA256=…`. */
export const credentialIdKey = "authentication.kubernetes.io/credential-id";
export const podNameKey = "authentication.kubernetes.io/pod-name";
export const podUidKey = "authentication.kubernetes.io/pod-uid";
export const nodeNameKey = "authentication.kubernetes.io/node-name";
export const nodeUidKey = "authentication.kubernetes.io/node-uid";

/** Who a request without credentials is from. */
export const anonymousUser: User = { name: anonymousName, groups: [unauthenticatedGroup] };

/** Adds `system:authenticated`, as to everybody who has shown who he is. */
export function authenticated(user: User): User {
  const { name, groups } = user;
  const known = groups.includes(authenticatedGroup) || groups.includes(unauthenticatedGroup);
  return known || name === anonymousName ? user : { ...user, groups: [...groups, authenticatedGroup] };
}
