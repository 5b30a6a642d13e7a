import type { JsonObject } from "@fairlead/apimachinery";
import { admissionRequest } from "../api/registry/parts.ts";
import type { Server, SubresourceCall } from "../api/server.ts";
import { badRequest } from "../errors.ts";

/**
 * The options of a connection as admission makes them, which sees them as the object of a request of its own kind: no
 * object, but `CONNECT`. Throws what admission refuses with, before anybody looks for what is to be connected to.
 */
export async function admitConnect(
  server: Server,
  { request, info, scope }: SubresourceCall,
  options: JsonObject,
): Promise<JsonObject> {
  if (request.query.has("dryRun")) throw badRequest("dryRun is not supported");
  const asked = admissionRequest({ ...scope, options: {} }, "CONNECT", info.name, options, undefined);
  const object = (await server.admission.mutate(asked)) ?? options;
  await server.admission.validate({ ...asked, object });
  return object;
}
