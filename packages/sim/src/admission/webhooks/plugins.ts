import { applyJsonPatch, equal, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { ApiError, internalError } from "../../errors.ts";
import type { Resource } from "../../resources/resource.ts";
import type { AdmissionPlugin, AdmissionRequest, MutationRound } from "../admission.ts";
import type { AdmissionHost } from "../host.ts";
import { isExempt } from "../request-object.ts";
import { callWebhook, invocation } from "./call.ts";
import { hooksOf, type Hook } from "./hooks.ts";
import type { WebhookTransport } from "./transport.ts";

const validatingHooks = "validatingwebhookconfigurations.admissionregistration.k8s.io";
const mutatingHooks = "mutatingwebhookconfigurations.admissionregistration.k8s.io";

/** All webhooks that are concerned are asked at once; the first of them that says no is heard. */
export function validatingWebhooks(host: AdmissionHost, transport: WebhookTransport): AdmissionPlugin {
  return {
    name: "ValidatingAdmissionWebhook",
    handles: (request) => !isExempt(request),
    validate: (request) => {
      const hooks = hooksOf(host.context, validatingHooks);
      if (hooks.length === 0) return undefined;
      const concerned = hooks.flatMap((hook) => {
        const matched = invocation(host, request, hook);
        return matched === undefined ? [] : [{ hook, matched }];
      });
      if (concerned.length === 0) return undefined;
      return askAll(host, transport, request, concerned);
    },
  };
}

async function askAll(
  host: AdmissionHost,
  transport: WebhookTransport,
  request: AdmissionRequest,
  concerned: readonly { readonly hook: Hook; readonly matched: Resource }[],
): Promise<void> {
  const results = await Promise.all(
    concerned.map(async ({ hook, matched }, index) => {
      const result = await callWebhook(host, transport, request, matched, hook, false);
      if (result.kind === "allowed") return undefined;
      if (result.kind === "refused") return result.error;
      if (!hook.ignoresFailures) return internalError(result.message);
      request.annotate?.(`failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`, hook.name);
      return undefined;
    }),
  );
  const refused = results.find((error) => error !== undefined);
  if (refused !== undefined) throw refused;
}

interface Kept {
  last: JsonObject | undefined;
  /** Webhooks that want to see what others made of the object after them. */
  called: Set<string>;
  again: Set<string>;
}

/** Webhooks are asked one after the other, each about what those before it made of the object. */
export function mutatingWebhooks(host: AdmissionHost, transport: WebhookTransport): AdmissionPlugin {
  const name = "MutatingAdmissionWebhook";
  return {
    name,
    handles: (request) => !isExempt(request),
    mutate: (request, round) => {
      const hooks = hooksOf(host.context, mutatingHooks);
      if (hooks.length === 0) return request.object!;
      const kept = (round.kept.get(name) as Kept | undefined) ?? {
        last: undefined,
        called: new Set(),
        again: new Set(),
      };
      round.kept.set(name, kept);
      return mutateAll(host, transport, request, hooks, round, kept);
    },
  };
}

function requireCalled(kept: Kept): void {
  for (const id of kept.called) kept.again.add(id);
  kept.called.clear();
}

async function mutateAll(
  host: AdmissionHost,
  transport: WebhookTransport,
  request: AdmissionRequest,
  hooks: readonly Hook[],
  round: MutationRound,
  kept: Kept,
): Promise<JsonObject> {
  if (round.isAgain && !equal(kept.last, request.object)) requireCalled(kept);
  let current = request;
  for (const [index, hook] of hooks.entries()) {
    const matched = invocation(host, current, hook);
    if (matched === undefined || (round.isAgain && !kept.again.has(hook.id))) continue;
    const at = `round_${round.isAgain ? 1 : 0}_index_${index}`;
    const result = await callWebhook(host, transport, current, matched, hook, true);
    let object = current.object;
    if (result.kind === "refused") throw result.error;
    if (result.kind === "failed") {
      if (!hook.ignoresFailures) throw internalError(result.message);
      request.annotate?.(`failed-open.mutation.webhook.admission.k8s.io/${at}`, hook.name);
    } else if (result.patch.length > 0) {
      if (object === undefined)
        throw internalError(
          `admission webhook ${JSON.stringify(hook.name)} attempted to modify the object, which is not supported for this operation`,
        );
      object = patched(host, object, current.resource, matched, result.patch);
    }
    const isChanged = object !== current.object && !equal(object, current.object);
    const note = { configuration: hook.configuration, webhook: hook.name, mutated: isChanged };
    request.annotate?.(`mutation.webhook.admission.k8s.io/${at}`, JSON.stringify(note));
    if (isChanged) {
      current = { ...current, object };
      requireCalled(kept);
      round.callAgain();
    }
    if (hook.isReinvoked) kept.called.add(hook.id);
  }
  kept.last = current.object;
  return current.object!;
}

function patched(
  host: AdmissionHost,
  object: JsonObject,
  resource: Resource,
  matched: Resource,
  patch: readonly JsonValue[],
): JsonObject {
  try {
    const seen = matched === resource ? object : host.convert(object, resource, matched);
    const made = host.decode(applyJsonPatch(seen, patch), matched);
    return matched === resource ? made : host.convert(made, matched, resource);
  } catch (error) {
    if (error instanceof ApiError && error.code >= 500) throw error;
    throw internalError((error as Error).message);
  }
}
