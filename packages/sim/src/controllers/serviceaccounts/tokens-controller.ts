import { get, isObject, type JsonObject, textOf } from "@fairlead/apimachinery";
import { legacyToken } from "../../authn/legacy-tokens.ts";
import type { SigningKeys } from "../../authn/signing-keys.ts";
import type { Api, Controller } from "../controller.ts";

const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

export interface TokensOptions {
  readonly keys: SigningKeys;
  /** PEM, of the authority that signs the API server's certificate. */
  readonly certificate: () => string;
}

/**
 * Fills Secrets of type `kubernetes.io/service-account-token` with a token of the service account that they name, and
 * deletes them with it.
 */
export function tokensController({ keys, certificate }: TokensOptions): Controller {
  return {
    name: "serviceaccount-token-controller",
    watches: [
      { collection: "secrets", keys: (secret) => (accountName(secret) === "" ? [] : [keyOf(secret)]) },
      {
        collection: "serviceaccounts",
        keys: (account, { api }) =>
          api
            .list("secrets", metadataText(account, "namespace"))
            .filter((secret) => accountName(secret) === metadataText(account, "name"))
            .map(keyOf),
      },
    ],
    reconcile: async (key, { api }) => {
      const [namespace, name] = key.split("/") as [string, string];
      const secret = api.get("secrets", { namespace, name });
      if (secret === undefined) await dropReferences(namespace, name, api);
      else if (accountName(secret) !== "") await fill(secret, api);
      return undefined;
    },
  };

  async function fill(secret: JsonObject, api: Api): Promise<void> {
    const [namespace, name] = [metadataText(secret, "namespace"), metadataText(secret, "name")];
    const account = api.get("serviceaccounts", { namespace, name: accountName(secret) });
    const wanted = annotation(secret, uidAnnotation);
    if (account === undefined || (wanted !== "" && wanted !== metadataText(account, "uid"))) {
      await api.delete("secrets", { namespace, name }, { preconditions: { uid: metadataText(secret, "uid") } });
      return;
    }
    const filled = filledSecret(secret, account, certificate(), keys);
    if (filled !== secret) await api.update("secrets", filled);
  }
}

/** The Secret with what a pod needs to call the API server; the same object if nothing is missing. */
export function filledSecret(
  secret: JsonObject,
  account: JsonObject,
  certificate: string,
  keys: SigningKeys,
): JsonObject {
  const data = isObject(secret["data"]) ? secret["data"] : {};
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  const authority = encoded(certificate);
  const missing = {
    ...(data["ca.crt"] === authority ? {} : { "ca.crt": authority }),
    ...(textOf(data["namespace"]) === "" ? { namespace: encoded(metadataText(secret, "namespace")) } : {}),
    ...(textOf(data["token"]) === ""
      ? { token: encoded(legacyToken(account, metadataText(secret, "name"), keys)) }
      : {}),
  };
  if (Object.keys(missing).length === 0) return secret;
  const metadata = isObject(secret["metadata"]) ? secret["metadata"] : {};
  const annotations = {
    ...(isObject(metadata["annotations"]) ? metadata["annotations"] : {}),
    [nameAnnotation]: metadataText(account, "name"),
    [uidAnnotation]: metadataText(account, "uid"),
  };
  return { ...secret, metadata: { ...metadata, annotations }, data: { ...data, ...missing } };
}

/** A Secret that is gone is no longer listed by its service account. */
async function dropReferences(namespace: string, name: string, api: Api): Promise<void> {
  for (const account of api.list("serviceaccounts", namespace)) {
    const listed = account["secrets"];
    if (!Array.isArray(listed) || !listed.some((one) => get(one, "name") === name)) continue;
    const secrets = listed.filter((one) => get(one, "name") !== name);
    await api.update("serviceaccounts", { ...account, secrets });
  }
}

/** Of a Secret that is for a token; empty for others. */
function accountName(secret: JsonObject): string {
  return secret["type"] === "kubernetes.io/service-account-token" ? annotation(secret, nameAnnotation) : "";
}

const annotation = (object: JsonObject, key: string): string =>
  textOf(get(get(get(object, "metadata"), "annotations"), key));

const metadataText = (object: JsonObject, key: string): string => textOf(get(get(object, "metadata"), key));

const keyOf = (object: JsonObject): string => `${metadataText(object, "namespace")}/${metadataText(object, "name")}`;
