import { get, textOf } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { createLeaderElection, systemClock } from "@fairlead/kube";
import { chooseSidecarPolicy, readSidecarPolicy } from "../../plan/sidecars/config/read-sidecar-policy.ts";
import type { SidecarSettings } from "../../plan/sidecars/model/settings.ts";
import { runConfigured, type RunningConfigured } from "../../run/configured/run-configured.ts";
import { createLog } from "../../run/log.ts";
import type { Sidecars } from "../../run/sidecars/sidecars-model.ts";
import type { DialService } from "../../run/sidecars/oracle/target.ts";
import { startSidecars } from "../../run/sidecars/sidecars.ts";
import { ensureNamespace, journalPlace, leaseOf } from "../sidecars/place.ts";
import type { FleetMember } from "./start-fleet.ts";
import type { Story } from "./story.ts";

/** What keeps the sidecars of the fleet current, where its first cluster holds a SidecarPolicy. */
export interface FollowingSidecars {
  /** Begins where there is a policy now, ends where there is none any more; changes of the policy need no call. */
  follow(): Promise<void>;
  /** Resolves when what is outdated is known; at once where nothing follows. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** One process at a time has the clusters of a state folder open, so what a former one left is nobody's. */
const identity = "fairlead-up";

export function followSidecars(
  members: readonly FleetMember[],
  { story, dial }: { readonly story: Story; readonly dial: DialService },
): FollowingSidecars {
  const home = members[0]!;
  const log = createLog({ level: "error", destination: { write: (line: string) => story.note(line.trimEnd()) } });
  let running: { readonly namespace: string; readonly configured: RunningConfigured<Sidecars> } | undefined;
  let begun = Promise.withResolvers<void>();

  async function begin(namespace: string): Promise<void> {
    const place = journalPlace({ namespace });
    await ensureNamespace(home.client, place);
    await leaveLease(home, namespace);
    let last: SidecarSettings | undefined;
    const common = { clock: systemClock, random: Math.random, log };
    const configured = await runConfigured<SidecarSettings, Sidecars>({
      home: home.client,
      kind: "SidecarPolicy",
      namespace,
      fieldManager: "fairlead/sidecars",
      choose: chooseSidecarPolicy,
      // Without a policy nothing is to be restarted by defaults: `follow` ends it.
      configure: (found) => {
        const { settings, findings } =
          found === undefined && last !== undefined ? { settings: last, findings: [] } : readSidecarPolicy(found);
        last = settings;
        return Promise.resolve({ configuration: settings, findings });
      },
      begin: (settings) => {
        const sidecars = startSidecars({
          home: home.client,
          clusters: { kind: "listed", clusters: members },
          settings,
          place,
          dial,
          ...common,
          instance: identity,
          election: createLeaderElection(home.client, { ...leaseOf(place), identity, ...common }),
        });
        story.follow(sidecars);
        begun.resolve();
        return sidecars;
      },
      health: [],
      ...common,
    });
    configured.ended.catch((error: unknown) => log.error({ error }, "the sidecars are no longer looked after"));
    running = { namespace, configured };
  }

  async function stop(): Promise<void> {
    const before = running;
    running = undefined;
    story.follow(undefined);
    begun = Promise.withResolvers<void>();
    await before?.configured.stop();
  }

  return {
    async follow() {
      const namespace = policyNamespace(home);
      if (running?.namespace === namespace) return;
      await stop();
      if (namespace !== undefined) await begin(namespace);
    },
    async settled() {
      if (running === undefined) return;
      await begun.promise;
      await running?.configured.current()?.settled();
    },
    stop,
  };
}

/** Where the policy that counts stands; its namespace is the one of the journal, too. */
function policyNamespace({ cluster: { api } }: FleetMember): string | undefined {
  const { chosen } = chooseSidecarPolicy(api.list("sidecarpolicies.fairlead.dev") as unknown as readonly KrmObject[]);
  return chosen === undefined ? undefined : textOf(chosen.metadata.namespace);
}

/** Takes the Lease of a process that was killed from it: nobody has to wait until it has run out. */
async function leaveLease({ cluster: { api } }: FleetMember, namespace: string): Promise<void> {
  const key = leaseOf(journalPlace({ namespace }));
  const lease = api.get("leases.coordination.k8s.io", key);
  if (get(lease?.["spec"], "holderIdentity") !== identity) return;
  await api.patch("leases.coordination.k8s.io", key, { spec: { holderIdentity: null } });
}
