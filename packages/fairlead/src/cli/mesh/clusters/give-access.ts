import { get, textOf } from "@fairlead/apimachinery";
import { refOf } from "@fairlead/krm";
import { servedKinds, systemClock, type ObjectKey } from "@fairlead/kube";
import { remoteAccess, remoteToken } from "../../../plan/mesh/config/access.ts";
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
const lookMs = 100;

/** Creates the controller's account in a member, with the rights that the settings ask for, and waits for its token. */
export async function giveAccess({ client }: Target, { settings }: Home, context: CliContext): Promise<MemberToken> {
  const served = await servedKinds(client);
  for (const object of remoteAccess(settings)) {
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
  const clock = context.clock ?? systemClock;
  const until = clock.monotonic() + tokenMs;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const data = get(await client.get(secretResource, key), "data");
    const token = decoded(get(data, "token"));
    const ca = decoded(get(data, "ca.crt"));
    if (token !== "" && ca !== "") return { token, ca };
    if (clock.monotonic() >= until) {
      throw new Error(
        `the token controller left Secret ${key.namespace ?? ""}/${key.name} empty for ${tokenMs / 1000} s`,
      );
    }
    // oxlint-disable-next-line no-await-in-loop
    await new Promise<void>((resolve) => clock.after(lookMs, resolve));
  }
}

function decoded(value: unknown): string {
  return Buffer.from(textOf(value as string), "base64").toString();
}
