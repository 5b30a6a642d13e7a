import type * as protobufModule from "@fairlead/apimachinery/protobuf";
import type { Client } from "../client/client.ts";
import { apiVersionOf, type Resource } from "../resource.ts";

type Module = typeof protobufModule;

/** How built-in kinds are read from Protobuf. */
export interface Protobuf extends Pick<Module, "WireProblem" | "checkMessage" | "decodeMessage" | "readNumber"> {
  readonly plan: ReturnType<Module["messagePlans"]>;
  readonly messages: ReturnType<Module["protobufMessages"]>;
  readonly release: string;
}

let loading: Promise<Protobuf> | undefined;

/** Loaded when first asked for: who lists little needs none of it. */
export function loadProtobuf(): Promise<Protobuf> {
  loading ??= import("@fairlead/apimachinery/protobuf").then((module) => {
    const messages = module.protobufMessages();
    const { WireProblem, checkMessage, decodeMessage, readNumber, protobufRelease: release } = module;
    return {
      WireProblem,
      checkMessage,
      decodeMessage,
      readNumber,
      messages,
      release,
      plan: module.messagePlans(messages),
    };
  });
  return loading;
}

/** Groups that the server stores as JSON: Protobuf makes the empty lists there to absent ones. */
const storedAsJson = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

/** Their claim templates have a kind in JSON, and none in Protobuf. */
const holdsKinds = "StatefulSet";

/**
 * The message of a kind whose objects, read from Protobuf, equal those read from JSON: of what the release brings whose
 * messages these are. Servers of other minor releases write some fields in JSON that this one leaves out.
 */
export async function protobufOf(
  client: Client,
  resource: Resource,
): Promise<{ readonly protobuf: Protobuf; readonly message: string } | undefined> {
  const { group, kind } = resource;
  const isCustom = group.includes(".") && !group.endsWith(".k8s.io");
  if (isCustom || storedAsJson.has(group) || kind === holdsKinds) return undefined;
  const [protobuf, version] = await Promise.all([loadProtobuf(), client.discovery.version().catch(() => "")]);
  if (minorOf(version) !== minorOf(protobuf.release)) return undefined;
  const apiVersion = apiVersionOf(resource);
  const message = protobuf.messages.ofKind(apiVersion, kind);
  if (message === undefined || protobuf.messages.ofKind(apiVersion, `${kind}List`) === undefined) return undefined;
  return { protobuf, message };
}

function minorOf(version: string): string {
  return version.split(".", 2).join(".");
}
