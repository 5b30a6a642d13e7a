import { BlockList, isIP } from "node:net";

/** Go's rules (golang.org/x/net/http/httpproxy): which proxy the environment wants for a server, if any. */
export function proxyFromEnvironment(
  server: URL,
  env: { readonly [name: string]: string | undefined },
): URL | undefined {
  const variable = (name: string): string => env[name] || env[name.toLowerCase()] || "";
  const text = variable(server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  // In a CGI process a client's header becomes HTTP_PROXY; Go refuses it there, too.
  if (text === "" || (server.protocol === "http:" && variable("REQUEST_METHOD") !== "")) return undefined;
  if (bypasses(server, variable("NO_PROXY"))) return undefined;
  const complete = /^(?:https?|socks5h?):\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(complete)) return undefined;
  return new URL(complete.replace(/^socks5h:/, "socks5:"));
}

function bypasses(server: URL, list: string): boolean {
  const host = server.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (host === "localhost" || isLoopback(host)) return true;
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  return list
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function isLoopback(host: string): boolean {
  return host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const range = /^([^/]+)\/(\d+)$/.exec(entry);
  if (range !== null) return inRange(host, range[1]!, Number(range[2]));
  const [, bracketed, plain, entryPort] = /^(?:\[(.+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? "";
  if (entryPort !== undefined && entryPort !== port) return false;
  if (isIP(name) !== 0) return host === name;
  const suffix = name.replace(/^\*\./, ".");
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function inRange(host: string, network: string, bits: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(network, bits, family === 4 ? "ipv4" : "ipv6");
  return range.check(host, family === 4 ? "ipv4" : "ipv6");
}
