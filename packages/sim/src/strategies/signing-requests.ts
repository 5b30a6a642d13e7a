import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { timeText } from "../api/registry/metadata.ts";
import type { Strategy } from "./strategy.ts";

/** A CertificateSigningRequest says who asks, and is only written through `approval` and `status` from then on. */
export const signingRequestStrategy: Strategy = {
  // Any name that can stand in a path.
  nameProblem: () => undefined,
  prepareForCreate: (request, { user }) => {
    const spec: JsonObject = isObject(request["spec"]) ? { ...request["spec"] } : {};
    for (const key of ["username", "uid", "groups", "extra"]) delete spec[key];
    if (user !== undefined) {
      if (user.name !== "") spec["username"] = user.name;
      if (user.uid !== undefined && user.uid !== "") spec["uid"] = user.uid;
      if (user.groups.length > 0) spec["groups"] = [...user.groups];
      const extra = Object.entries(user.extra ?? {});
      if (extra.length > 0) spec["extra"] = Object.fromEntries(extra.map(([key, values]) => [key, [...values]]));
    }
    request["spec"] = spec;
    request["status"] = {};
  },
  prepareForUpdate: (request, old, { subresource, now, sent }) => {
    request["spec"] = old["spec"] ?? {};
    const before = isObject(old["status"]) ? old["status"] : {};
    const status = isObject(request["status"]) ? request["status"] : {};
    if (subresource === "") request["status"] = before;
    else if (subresource === "approval") {
      const { conditions: _, ...rest } = before;
      const list = timed(conditionsOf(status), conditionsOf(before), now);
      request["status"] = list.length === 0 ? rest : { ...rest, conditions: list };
    } else if (subresource === "status") {
      // Appliers do not own the conditions here, yet they are written.
      const asked = isObject(sent?.["status"]) ? sent["status"] : {};
      const kept = withDecisions(conditionsOf(asked), conditionsOf(before));
      const list = timed(kept, conditionsOf(before), now);
      const { conditions: _, ...rest } = status;
      request["status"] = list.length === 0 ? rest : { ...rest, conditions: list };
    }
  },
};

function conditionsOf(status: JsonObject): readonly JsonValue[] {
  const list = status["conditions"];
  return Array.isArray(list) ? list : [];
}

/** Approvals and denials as they were, unless there are more or fewer of them, which is refused. */
function withDecisions(list: readonly JsonValue[], old: readonly JsonValue[]): readonly JsonValue[] {
  let result = list;
  for (const type of ["Approved", "Denied"]) {
    const before = old.filter((one) => get(one, "type") === type);
    if (result.filter((one) => get(one, "type") === type).length !== before.length) continue;
    let index = 0;
    result = result.map((one) => (get(one, "type") === type ? before[index++]! : one));
  }
  return result;
}

function timed(list: readonly JsonValue[], old: readonly JsonValue[], now: number): JsonValue[] {
  const text = timeText(now);
  return list.map((one) => {
    if (!isObject(one)) return one;
    const same = old.find(
      (other) =>
        textOf(get(other, "type")) === textOf(one["type"]) &&
        textOf(get(other, "status")) === textOf(one["status"]) &&
        get(other, "lastTransitionTime") !== null,
    );
    return {
      ...one,
      lastUpdateTime: one["lastUpdateTime"] ?? text,
      lastTransitionTime: one["lastTransitionTime"] ?? get(same, "lastTransitionTime") ?? text,
    };
  });
}
