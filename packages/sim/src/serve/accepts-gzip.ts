/** Whether `Accept-Encoding` names gzip. Weights are not looked at, as kube-apiserver does not. */
export function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  if (header === undefined) return false;
  const text = typeof header === "string" ? header : (header[0] ?? "");
  return text === "gzip" || text.split(",").some((token) => token.trim() === "gzip");
}
