import { get, textOf } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import { servedKinds, systemClock, waitUntil, type Judge, type ObjectKey } from "@fairlead/kube";
import { remoteAccess, remoteToken } from "../../../plan/mesh/config/access.ts";
import { remoteSidecarAccess } from "./sidecar-access.ts";
import type { Target } from "../../cluster/targets.ts";
import type { CliContext } from "../../context.ts";
import { secretResource, type Home } from "./home.ts";

/** What the controller's account in a member is reached with. */
export interface MemberToken {
  readonly token: string;
  /** PEM. */
  readonly ca: string;
}

const fieldManager = "fairlead/mesh-clusters";
const tokenMs = 30_000;

/**
 * Creates the controllers' account in a member, with the rights that the settings ask for, those to keep proxies current
 * among them if `sidecars` says so, and waits for its token.
 */
export async function giveAccess(
  { client }: Pick<Target, "client">,
  { settings }: Home,
  context: CliContext,
  sidecars = false,
): Promise<MemberToken> {
  const served = await servedKinds(client);
  for (const object of [...remoteAccess(settings), ...(sidecars ? remoteSidecarAccess(settings) : [])]) {
    const resource = served.find(object);
    if (resource === undefined) throw new Error(`the cluster does not serve ${object.kind} of ${object.apiVersion}`);
    // One after the other: each needs the one before.
    // oxlint-disable-next-line no-await-in-loop
    await client.apply(resource, object, { fieldManager, force: true });
  }
  const { namespace = "" } = refOf(remoteAccess(settings).find(({ kind }) => kind === "Secret")!);
  return tokenOf({ client }, { namespace, name: remoteToken }, context);
}

/** A new token: the old one's Secret goes, and with it the old token. */
export async function renewToken(target: Target, home: Home, context: CliContext): Promise<MemberToken> {
  const key = { namespace: home.settings.scope.syncNamespace, name: remoteToken };
  const known = await target.client.find(secretResource, key);
  if (known !== undefined) await target.client.delete(secretResource, key);
  return giveAccess(target, home, context);
}

/** The token controller fills it in. */
async function tokenOf({ client }: Pick<Target, "client">, key: ObjectKey, context: CliContext): Promise<MemberToken> {
  const target = { ...secretRef, ...key, resource: secretResource };
  const clock = context.clock ?? systemClock;
  const { objects } = await waitUntil(client, [target], judgeToken, { deadlineMs: tokenMs, clock });
  const found = tokenIn(objects[0]?.observed);
  if (found !== undefined) return found;
  throw new Error(`the token controller left Secret ${key.namespace ?? ""}/${key.name} empty for ${tokenMs / 1000} s`);
}

const secretRef = { apiVersion: "v1", kind: "Secret" };

const judgeToken: Judge = (secret) =>
  tokenIn(secret) === undefined ? { kind: "waiting", reason: "it has no token yet" } : { kind: "done", reason: "" };

function tokenIn(secret: KrmObject | undefined): MemberToken | undefined {
  const token = decoded(get(secret?.["data"], "token"));
  const ca = decoded(get(secret?.["data"], "ca.crt"));
  return token === "" || ca === "" ? undefined : { token, ca };
}

function decoded(value: unknown): string {
  return Buffer.from(textOf(value as string), "base64").toString();
}
