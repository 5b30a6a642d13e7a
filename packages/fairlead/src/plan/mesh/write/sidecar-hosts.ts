/**
 * Whether an egress entry of a Sidecar (`NAMESPACE/HOST`, with `*` for any namespace, `*` or `*.suffix` for hosts) lets
 * all in that another one does. https://istio.io/latest/docs/reference/config/networking/sidecar/#IstioEgressListener
 */
export function covers(entry: string, wanted: string): boolean {
  if (entry === wanted) return true;
  const [space, host] = parts(entry);
  const [wantedSpace, wantedHost] = parts(wanted);
  if (space !== "*" && space !== wantedSpace) return false;
  if (host === "*" || host === wantedHost) return true;
  return host.startsWith("*.") && wantedHost.replace(/^\*/, "").endsWith(host.slice(1));
}

function parts(entry: string): readonly [string, string] {
  const at = entry.indexOf("/");
  return at < 0 ? ["", entry] : [entry.slice(0, at), entry.slice(at + 1)];
}
