import { get, isObject, textOf, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";

/** Where a webhook is reached. */
export interface WebhookClient {
  readonly url: string | undefined;
  readonly service:
    | { readonly namespace: string; readonly name: string; readonly port: number; readonly path: string }
    | undefined;
  /** PEM; the roots of the system if it is empty. */
  readonly authorities: string;
}

/** `clientConfig` of a webhook, of whatever kind it is. */
export function webhookClient(config: JsonValue | undefined): WebhookClient {
  const [service, url] = [get(config, "service"), get(config, "url")];
  const port = get(service, "port");
  return {
    url: typeof url === "string" ? url : undefined,
    service: isObject(service)
      ? {
          namespace: textOf(service["namespace"]),
          name: textOf(service["name"]),
          port: typeof port === "number" ? port : 443,
          path: textOf(service["path"]),
        }
      : undefined,
    authorities: Buffer.from(textOf(get(config, "caBundle")), "base64").toString("utf8"),
  };
}

/** How objects of a custom resource get from one of its versions into another; the same for all its kinds. */
export interface CustomVersions {
  /** `example.com/v1`, in which they are stored from now on. */
  readonly storage: string;
  /** All versions in which some may lie in the store, by apiVersion: `status.storedVersions`. */
  readonly stored: readonly string[];
  /** By apiVersion, of those that are not served, too. */
  readonly schemas: ReadonlyMap<string, Schema | undefined>;
  /**
   * An object in another version, without the fields that the version does not have: at once, unless a webhook is asked.
   * What the webhook fails in is thrown as the ApiError that the server answers.
   */
  convert(object: JsonObject, apiVersion: string): JsonObject | Promise<JsonObject>;
}

/** Who converts the objects of a definition. */
export interface ConversionWebhook {
  readonly client: WebhookClient;
  /** Versions of ConversionReview that it takes. */
  readonly reviewVersions: readonly string[];
}

/** `spec.conversion` of a CustomResourceDefinition; undefined where only the apiVersion changes. */
export function conversionWebhook(definition: JsonObject): ConversionWebhook | undefined {
  const conversion = get(definition["spec"], "conversion");
  if (get(conversion, "strategy") !== "Webhook") return undefined;
  const webhook = get(conversion, "webhook");
  const versions = get(webhook, "conversionReviewVersions");
  return {
    client: webhookClient(get(webhook, "clientConfig")),
    reviewVersions: Array.isArray(versions) ? versions.map(textOf) : [],
  };
}
