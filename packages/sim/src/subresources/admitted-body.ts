import { schemaForKind, textOf, type JsonObject } from "@fairlead/apimachinery";
import { withUpdatedManagers } from "../api/registry/managers.ts";
import { inNamespace, timeText } from "../api/registry/metadata.ts";
import { mutated, type Scope } from "../api/registry/parts.ts";
import type { Server } from "../api/server.ts";

/**
 * The body of a subresource that is created, as the mutating part of admission makes it: with the managers of a new
 * object of its own kind.
 */
export async function admittedBody(server: Server, scope: Scope, name: string, body: JsonObject): Promise<JsonObject> {
  const schema = schemaForKind(textOf(body["apiVersion"]), textOf(body["kind"]));
  const own = { ...scope, kind: { ...scope.kind, schema, hasStatus: true } };
  const sent = inNamespace(body, scope.namespace);
  const managed = withUpdatedManagers(own, undefined, sent, timeText(server.clock.now()));
  return await mutated(server, scope, "CREATE", name, managed, undefined);
}
