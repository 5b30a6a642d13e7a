import type { JsonObject } from "@fairlead/apimachinery";
import { fields } from "../../shared/fields.ts";
import type { GatewayRef, ResolvedRoute } from "../model.ts";

/** The Gateway that a route attaches to; reported when none is known. */
export function parentRefs(
  route: ResolvedRoute,
  gateway: GatewayRef | undefined,
  sectionName?: string,
): JsonObject[] | undefined {
  if (gateway === undefined) {
    const setting = route.internal ? "routes.internalGateway" : "routes.gateway";
    const hint = `set ${setting} in the Environment, or write \`gateway: {name: …}\``;
    route.report("FL313", { message: "no Gateway is named", hint, field: ["spec", "gateway"] });
    return undefined;
  }
  const { name, namespace } = gateway;
  return [fields({ name, namespace, sectionName: sectionName ?? gateway.sectionName })];
}
