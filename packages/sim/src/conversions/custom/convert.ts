import { get, isObject, prune, textOf, type JsonObject, type Schema } from "@fairlead/apimachinery";
import { readAnswer } from "../../admission/webhooks/read-answer.ts";
import type { WebhookTransport } from "../../admission/webhooks/transport.ts";
import { ApiError } from "../../errors.ts";
import { withoutNulls } from "../../crds/without-nulls.ts";
import { conversionWebhook, type ConversionWebhook, type CustomVersions } from "../../resources/custom-versions.ts";
import { conversionReview, readConversion, reviewVersionOf } from "./review.ts";

/** Asks a webhook for an object in another version; rejects with the ApiError that the server answers. */
export type AskWebhook = (webhook: ConversionWebhook, object: JsonObject, apiVersion: string) => Promise<JsonObject>;

export interface ConvertParts {
  readonly transport: WebhookTransport;
  readonly uid: () => string;
}

/** As client-go waits unless told. */
const timeoutSeconds = 30;

export function askConversion({ transport, uid }: ConvertParts): AskWebhook {
  return async ({ client, reviewVersions }, object, apiVersion) => {
    const version = reviewVersionOf(reviewVersions);
    if (version === undefined) throw failure("no supported conversion review versions");
    const id = uid();
    const review = JSON.stringify(conversionReview(object, apiVersion, id, version));
    const answer = readAnswer(await transport.post(client, review, timeoutSeconds));
    const about = `conversion webhook for ${textOf(object["apiVersion"])}, Kind=${textOf(object["kind"])}`;
    if (typeof answer === "string") throw failure(`${about} failed: ${answer}`);
    const converted = readConversion(answer, object, apiVersion, id, version);
    if (converted.kind === "failed") throw failure(`${about} ${converted.message}`);
    return converted.object;
  };
}

/** The versions of a definition's objects, which lie in the store in the version `storage`. */
export function customVersions(definition: JsonObject, storage: string, ask: AskWebhook): CustomVersions {
  const { spec } = definition;
  const versions = get(spec, "versions");
  const schemas = new Map(
    (Array.isArray(versions) ? versions : []).map((one): [string, Schema | undefined] => {
      const schema = get(get(one, "schema"), "openAPIV3Schema");
      const apiVersion = `${textOf(get(spec, "group"))}/${textOf(get(one, "name"))}`;
      return [apiVersion, isObject(schema) ? (withoutNulls(schema) as Schema) : undefined];
    }),
  );
  const webhook = conversionWebhook(definition);
  const stored = get(definition["status"], "storedVersions");
  return {
    storage,
    stored: (Array.isArray(stored) ? stored : []).map((one) => `${textOf(get(spec, "group"))}/${textOf(one)}`),
    schemas,
    convert: (object, apiVersion) => {
      if (object["apiVersion"] === apiVersion) return object;
      const schema = schemas.get(apiVersion);
      if (webhook === undefined) return pruned(schema, { ...object, apiVersion });
      return ask(webhook, object, apiVersion).then((converted) => pruned(schema, converted));
    },
  };
}

function pruned(schema: Schema | undefined, object: JsonObject): JsonObject {
  return schema === undefined ? object : prune(object, schema, { resource: true }).value;
}

/** The server passes on what it cannot make a Status of. */
function failure(message: string): ApiError {
  return new ApiError(500, "", message);
}
