import { methodNotServed } from "../errors.ts";

const methods = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const routed = /^\/(?:apis?|version|logs|openid|\.well-known)(?:\/|$)/;
/** What is handed on to a pod, a Service or a node takes any method. */
const proxied = /\/proxy(?:\/|$)/;

/** Throws the ApiError for a method that no route of the API has; other paths, such as `/healthz`, take any. */
export function requireAllowedMethod(method: string, path: string): void {
  if (methods.has(method) || !routed.test(path) || proxied.test(path)) return;
  throw methodNotServed();
}
