import type { Clock } from "@fairlead/apimachinery";
import { formatRef, isError, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import { apiVersionOf, refTo } from "../resource.ts";
import type { ApplyPlan } from "./apply-set.ts";
import { applyFinding } from "./findings.ts";
import { findMembers } from "./observe.ts";
import { type Extent, extentOf, joined, parentObject, parentState, saysTheSame } from "./plan/parent.ts";
import { groupKind } from "./plan/phase.ts";
import { isBeingDeleted } from "./plan/plan-object.ts";
import { judgeParent } from "./plan/plan-parent.ts";
import { retryPassing } from "./retry-passing.ts";
import { stepFinding } from "./step-finding.ts";

/**
 * Keeps the parent naming every kind and namespace in which members are, whoever else works on the same set at the same
 * time. Each resolves to what went wrong, and throws nothing.
 */
export interface ParentWriter {
  /** Before the first member: adds what the plan needs to what is named. */
  widen(): Promise<readonly Finding[]>;
  /** After the last deletion: leaves out what the set no longer holds. */
  shrink(): Promise<readonly Finding[]>;
  /** After members were written: puts back what another run has left out meanwhile. */
  confirm(): Promise<readonly Finding[]>;
  /** After all members were deleted: deletes the parent, or takes the set's label and annotations from a declaration. */
  remove(): Promise<{ readonly outcome: "deleted" | "kept"; readonly findings: readonly Finding[] }>;
}

export interface ParentWriting {
  readonly client: Client;
  readonly plan: ApplyPlan;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Counts requests that the cluster may have stored something for. */
  readonly wrote: () => void;
}

/** Of those that write at once one gets through each time: so many others would have to come between. */
const mostAttempts = 10;

class Refused extends Error {
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(finding.message);
    this.finding = finding;
  }
}

/**
 * Two runs on one set would each write what they know: the later one drops the kind that the earlier one has just added,
 * and the members of this kind would never be found again. Therefore
 * - each write is of the version that was read: who comes second reads again, and adds to what is there;
 * - a run leaves out nothing that another has named meanwhile;
 * - what was left out is looked through once more afterwards, and a run that has written members looks at the parent at
 *   its end: of a run that writes members and one that leaves their kind out, at least one sees what the other has done.
 */
export function parentWriter({ client, plan, signal, clock, wrote }: ParentWriting): ParentWriter {
  const { parent: planned, options, steps } = plan;
  const { parent, fieldManager } = planned;
  const { resource, key } = parent;
  const ref = refTo(resource, key);
  let known = planned.observed;
  /** What the parent names if nobody else is at work. */
  const widened = extentIf(planned.before) ?? extentIf(planned.observed) ?? { kinds: [], namespaces: [] };
  const kept = placesOf(steps.flatMap(({ kind, desired }) => (kind === "delete" || !desired ? [] : [desired])));

  /** Stores what the set holds, if the parent is still as it is known. Throws a `conflict` or `already-exists` if not. */
  function put(extent: Extent): Promise<KrmObject> {
    const object = parentObject(parent, options.tooling, extent);
    const send = (): Promise<KrmObject> => {
      wrote();
      // To apply is also to create: of two that find nothing, the second would overwrite what the first has written.
      if (known === undefined) return client.create(resource, object, { fieldManager, signal });
      const metadata = { ...object.metadata, ...versionOf(known) };
      if (parent.declared !== true) {
        return client.patch(resource, key, { metadata }, { type: "merge", fieldManager, signal });
      }
      // What these labels and annotations say is this tool's alone to say; the plan has judged whose set it is. On a
      // declaration they are applied, so that applying nothing takes them away.
      return client.apply(resource, { ...object, metadata }, { fieldManager, force: true, signal });
    };
    return retryPassing(send, { clock, signal });
  }

  /** Resolves to whether the parent may be written: a declaration that was deleted stays deleted. */
  async function readAgain(): Promise<boolean> {
    known = await client.find(resource, key, { signal });
    if (known === undefined) return parent.declared !== true;
    const finding = judgeParent(options, known).find(isError);
    if (finding !== undefined) throw new Refused(finding);
    return true;
  }

  /** Throws what overtook a write unless another attempt may do better. */
  async function again(error: unknown, attempt: number): Promise<void> {
    const isOvertaken =
      isKubeError(error, "conflict", "already-exists") || (known !== undefined && isKubeError(error, "not-found"));
    if (!isOvertaken || attempt >= mostAttempts || !(await readAgain())) throw error;
  }

  async function add(extent: Extent): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const wanted = joined(extent, extentIf(known) ?? extent);
      if (known !== undefined && saysTheSame(known, parentObject(parent, options.tooling, wanted))) return;
      try {
        known = await put(wanted);
        return;
      } catch (error) {
        await again(error, attempt);
      }
    }
  }

  async function confirm(extent: Extent): Promise<void> {
    if (await readAgain()) await add(extent);
  }

  async function leaveOut(left: Extent): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      // Somebody else is at work: what they name is theirs to leave out.
      if (known === undefined || !isSame(extentOf(known), widened)) return confirm(left);
      try {
        known = await put(left);
        break;
      } catch (error) {
        await again(error, attempt);
      }
    }
    const found = await membersBeside(left);
    if (found.length > 0) await add(joined(left, placesOf(found)));
  }

  /** Members in places that are not left: another run has made them, and may be over by now. */
  async function membersBeside(left: Extent): Promise<KrmObject[]> {
    const kinds = widened.kinds.filter((kind) => !left.kinds.includes(kind));
    const namespaces = widened.namespaces.filter((namespace) => !left.namespaces.includes(namespace));
    const members = [
      ...(kinds.length === 0 ? [] : await findMembers(client, { ...widened, kinds }, options, { signal })),
      ...(namespaces.length === 0 ? [] : await findMembers(client, { ...left, namespaces }, options, { signal })),
    ];
    return members.filter((member) => !isBeingDeleted(member));
  }

  /** A declaration stays, without what makes it a parent. */
  async function bare(): Promise<"kept"> {
    const { id, tooling } = parentState(known!);
    if ((id === undefined && tooling === undefined) || isBeingDeleted(known!)) return "kept";
    // Applying nothing gives up everything that was applied.
    const empty = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { ...key } };
    wrote();
    await client.apply(resource, empty, { fieldManager, force: true, signal });
    return "kept";
  }

  async function remove(): Promise<"deleted"> {
    const overtaken = new Refused(
      applyFinding("FL713", {
        message: `${formatRef(ref)} is kept: another run has added to the set while it was being deleted`,
        object: ref,
      }),
    );
    for (let attempt = 1; known !== undefined; attempt++) {
      if (!isSame(extentOf(known), widened)) throw overtaken;
      const preconditions = versionOf(known);
      try {
        await retryPassing(
          () => {
            wrote();
            return client.delete(resource, key, { preconditions, signal });
          },
          { clock, signal },
        );
        break;
      } catch (error) {
        if (isKubeError(error, "not-found")) break;
        await again(error, attempt);
      }
    }
    // Who found the parent before it was deleted may have written members after they were looked for.
    const found = await membersBeside({ kinds: [], namespaces: [] });
    if (found.length === 0) return "deleted";
    await confirm(placesOf(found));
    throw overtaken;
  }

  async function tell(work: Promise<void>): Promise<readonly Finding[]> {
    try {
      await work;
      return [];
    } catch (error) {
      return [error instanceof Refused ? error.finding : stepFinding(error, ref)];
    }
  }

  return {
    widen: () => tell(planned.before === undefined ? Promise.resolve() : add(extentOf(planned.before))),
    shrink: () => tell(planned.after === undefined ? Promise.resolve() : leaveOut(extentOf(planned.after))),
    confirm: () => tell(confirm(kept)),
    async remove() {
      let outcome: "deleted" | "kept" = "kept";
      const work = async (): Promise<void> => void (outcome = parent.declared === true ? await bare() : await remove());
      const findings = await tell(work());
      return { outcome, findings };
    },
  };
}

function extentIf(parent: KrmObject | undefined): Extent | undefined {
  return parent === undefined ? undefined : extentOf(parent);
}

/** Whoever writes it is refused when the object is another one, or another version. */
function versionOf({ metadata: { uid, resourceVersion } }: KrmObject): { uid?: string; resourceVersion?: string } {
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

function isSame(a: Extent, b: Extent): boolean {
  return a.kinds.join() === b.kinds.join() && a.namespaces.join() === b.namespaces.join();
}

function placesOf(objects: readonly KrmObject[]): Extent {
  return {
    kinds: objects.map((object) => groupKind(refOf(object))),
    namespaces: objects.flatMap(({ metadata }) => metadata.namespace ?? []),
  };
}
