import { get, textOf } from "@fairlead/apimachinery";
import { parseTime } from "../../../controllers/common/time.ts";
import type { Api } from "../../../controllers/controller.ts";
import type { ProcessPod } from "../pod-types.ts";
import type { TokenWish } from "./volume-content.ts";

export interface PodTokens {
  /** Fetches what the pod's volumes want and do not have, or not for long. Resolves with when to come again. */
  fetch(pod: ProcessPod, api: Api, now: number): Promise<number | undefined>;
  get(uid: string, wish: TokenWish): string | undefined;
  forget(uid: string): void;
}

interface Token {
  readonly text: string;
  readonly renewAt: number;
}

/** Tokens of pods' service accounts, bound to their pods, renewed after four fifths of their time as a kubelet does. */
export function podTokens(): PodTokens {
  const known = new Map<string, Map<string, Token>>();
  const keyOf = ({ audience, seconds }: TokenWish): string => `${seconds} ${audience}`;

  return {
    async fetch(pod, api, now) {
      const wishes = wishesOf(pod);
      if (wishes.length === 0) return undefined;
      const { namespace, name, uid } = pod.metadata;
      const own = known.get(uid) ?? new Map<string, Token>();
      known.set(uid, own);
      let next: number | undefined;
      for (const wish of wishes) {
        let token = own.get(keyOf(wish));
        if (token === undefined || token.renewAt <= now) {
          const account = { namespace, name: pod.spec.serviceAccountName ?? "default" };
          const answer = await api.createSubresource("serviceaccounts", account, "token", {
            apiVersion: "authentication.k8s.io/v1",
            kind: "TokenRequest",
            metadata: {},
            spec: {
              audiences: wish.audience === "" ? [] : [wish.audience],
              expirationSeconds: wish.seconds,
              boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
            },
          });
          const end = parseTime(textOf(get(answer["status"], "expirationTimestamp"))) ?? now + wish.seconds * 1000;
          token = { text: textOf(get(answer["status"], "token")), renewAt: now + (end - now) * 0.8 };
          own.set(keyOf(wish), token);
        }
        next = Math.min(next ?? token.renewAt, token.renewAt);
      }
      return next;
    },
    get: (uid, wish) => known.get(uid)?.get(keyOf(wish))?.text,
    forget: (uid) => void known.delete(uid),
  };
}

function wishesOf({ spec }: ProcessPod): readonly TokenWish[] {
  return (spec.volumes ?? []).flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken: one }) =>
      one === undefined ? [] : [{ audience: one.audience ?? "", seconds: one.expirationSeconds ?? 3600 }],
    ),
  );
}
