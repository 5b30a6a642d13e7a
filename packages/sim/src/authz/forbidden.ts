import { ApiError, forbidden } from "../errors.ts";
import type { Attributes } from "./authorizer.ts";
import { goQuote } from "./go-quote.ts";

const sanitized = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** `User "jane" cannot list resource "pods" in API group "" in the namespace "default"` */
export function forbiddenText(attributes: Attributes): string {
  const { user, verb } = attributes;
  const who = `User ${goQuote(user.name)} cannot ${verb}`;
  if (attributes.kind === "path") return `${who} path ${goQuote(attributes.path)}`;
  const { group, resource, subresource, namespace } = attributes;
  const what = goQuote(subresource === "" ? resource : `${resource}/${subresource}`);
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${goQuote(namespace)}`;
  return `${who} resource ${what} in API group ${goQuote(group)} ${where}`;
}

/** The answer 403 to what the authorizer has refused; `reason` is that of its decision. */
export function forbiddenError(attributes: Attributes, reason: string): ApiError {
  const said = sanitized(forbiddenText(attributes));
  const why = reason === "" ? said : `${said}: ${reason}`;
  const error =
    attributes.kind === "path"
      ? new ApiError(403, "Forbidden", `forbidden: ${why}`, {})
      : forbidden({ group: attributes.group, plural: attributes.resource }, attributes.name, why);
  // The text shows what the client sent.
  error.headers = { "x-content-type-options": "nosniff" };
  return error;
}
