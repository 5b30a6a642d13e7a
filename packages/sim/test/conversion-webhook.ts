import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { get, isObject, parseJson, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { issueCertificate } from "../src/serve/certificates/issue-certificate.ts";

/** A webhook on this machine that converts the Hosts of the scenarios, or fails as they ask for. */
export interface ConversionWebhook {
  /** What scenarios call `WEBHOOK` and `CABUNDLE`. */
  readonly words: Readonly<Record<string, string>>;
  /** All reviews that it has got. */
  readonly reviews: readonly JsonObject[];
  close(): Promise<void>;
}

export async function startConversionWebhook(): Promise<ConversionWebhook> {
  const dates = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
  const authority = issueCertificate({ commonName: "ca", usage: "authority", ...dates });
  const options = { commonName: "c", usage: "server", issuer: authority, hosts: ["127.0.0.1"], ...dates } as const;
  const { key, certificate } = issueCertificate(options);
  const reviews: JsonObject[] = [];
  const server = createServer({ key, cert: certificate }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const review = parseJson(Buffer.concat(chunks).toString("utf8")) as JsonObject;
      reviews.push(review);
      const { status, text } = answerTo(review);
      outgoing.writeHead(status, { "content-type": status === 200 ? "application/json" : "text/plain" });
      outgoing.end(text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    words: {
      WEBHOOK: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      CABUNDLE: Buffer.from(authority.certificate).toString("base64"),
    },
    reviews,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The `mode` annotation of an object says what goes wrong with it. */
function answerTo(review: JsonObject): { readonly status: number; readonly text: string } {
  const { request } = review;
  const objects = (get(request, "objects") ?? []) as JsonObject[];
  const mode = textOf(get(get(objects[0]?.["metadata"], "annotations"), "mode"));
  const desired = textOf(get(request, "desiredAPIVersion"));
  const response: JsonObject = {
    uid: get(request, "uid") ?? "",
    result: { status: "Success" },
    convertedObjects: objects.map((object) => broken(mode, converted(object, desired), object)),
  };
  const answer: JsonObject = { kind: "ConversionReview", apiVersion: review["apiVersion"]!, response };
  switch (mode) {
    case "500":
      return { status: 500, text: "broken\n" };
    case "404":
      return { status: 404, text: "nothing here\n" };
    case "text":
      return { status: 200, text: "nothing" };
    case "empty":
      return { status: 200, text: "" };
    case "failed":
      response["result"] = { status: "Failed", message: "I would rather not" };
      break;
    case "silent":
      response["result"] = { status: "Failure" };
      break;
    case "uid":
      response["uid"] = "other";
      break;
    case "none":
      response["convertedObjects"] = [];
      break;
    case "speechless":
      delete answer["response"];
      break;
    case "review":
      answer["kind"] = "AdmissionReview";
      break;
  }
  return { status: 200, text: JSON.stringify(answer) };
}

function broken(mode: string, object: JsonObject, original: JsonObject): JsonValue {
  const metadata = object["metadata"] as JsonObject;
  switch (mode) {
    case "same":
      return original;
    case "kind":
      return { ...object, kind: "Guest" };
    case "name":
      return { ...object, metadata: { ...metadata, name: "other" } };
    case "object-uid":
      return { ...object, metadata: { ...metadata, uid: "other" } };
    case "bare":
      return {
        ...object,
        metadata: { name: metadata["name"]!, namespace: metadata["namespace"]!, uid: metadata["uid"]! },
      };
    case "labels":
      return {
        ...object,
        metadata: { ...metadata, labels: { converted: "yes" }, finalizers: ["not.example.com/mine"] },
      };
    case "bad-labels":
      return { ...object, metadata: { ...metadata, labels: { d: "e f" } } };
    case "bad-annotations":
      return { ...object, metadata: { ...metadata, annotations: { "a b": "c" } } };
    case "number-label":
      return { ...object, metadata: { ...metadata, labels: { a: 1 } } };
    case "list-labels":
      return { ...object, metadata: { ...metadata, labels: ["a"] } };
    case "unknown-field":
      return { ...object, spec: { ...(object["spec"] as JsonObject), unknown: true }, other: 1 };
    default:
      return object;
  }
}

/** `spec.host: a:1` of version v1 is `spec.hostname: a` and `spec.port: 1` of all others. */
function converted(object: JsonObject, apiVersion: string): JsonObject {
  const spec = isObject(object["spec"]) ? object["spec"] : {};
  const isOld = apiVersion.endsWith("/v1");
  if (isOld === textOf(object["apiVersion"]).endsWith("/v1")) return { ...object, apiVersion };
  if (isOld) {
    const { hostname, port, ...rest } = spec;
    return { ...object, apiVersion, spec: { ...rest, host: `${textOf(hostname)}:${textOf(port)}` } };
  }
  const { host, ...rest } = spec;
  const [hostname = "", port = ""] = textOf(host).split(":");
  return { ...object, apiVersion, spec: { ...rest, hostname, port } };
}
