/**
 * The starts of the authorities that mean a host: with the first letter of the identity small, then capital, because
 * clients write it as they like. The host alone where the identity is no part of it.
 */
export function authorityMatches(host: string, identity: string): readonly [string, ...string[]] {
  const at = identity === "" ? -1 : host.toLowerCase().indexOf(identity.toLowerCase());
  if (at < 0) return [host];
  const spelled = (first: string): string =>
    `${host.slice(0, at)}${first}${identity.slice(1)}${host.slice(at + identity.length)}`;
  const [first = ""] = identity;
  return [spelled(first.toLowerCase()), spelled(first.toUpperCase())];
}
