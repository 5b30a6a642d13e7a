import type { JsonObject } from "@fairlead/apimachinery";
import { decodeProtobuf } from "@fairlead/apimachinery/protobuf";
import { badRequest } from "../errors.ts";

/** The object of a protobuf body; throws 400 for what is none. */
export function readProtobuf(bytes: Uint8Array): JsonObject {
  const result = decodeProtobuf(bytes);
  if ("problem" in result) throw badRequest(result.problem);
  return result.object;
}
