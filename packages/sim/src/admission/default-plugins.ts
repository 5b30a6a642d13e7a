import type { Authorizer } from "../authz/authorizer.ts";
import type { AdmissionContext, AdmissionPlugin } from "./admission.ts";
import type { AdmissionHost } from "./host.ts";
import { mutatingPolicies } from "./policies/mutating.ts";
import { validatingPolicies } from "./policies/validating.ts";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./plugins/certificates.ts";
import { limitRanger } from "./plugins/limit-ranger.ts";
import { namespaceLifecycle } from "./plugins/namespace-lifecycle.ts";
import {
  defaultTolerationSeconds,
  podTopologyLabels,
  priority,
  runtimeClass,
  taintNodesByCondition,
} from "./plugins/pod-defaults.ts";
import { podResize } from "./plugins/pod-resize.ts";
import { podSecurity } from "./plugins/pod-security.ts";
import { resourceQuota } from "./plugins/resource-quota.ts";
import { serviceAccount } from "./plugins/service-account.ts";
import {
  defaultIngressClass,
  defaultStorageClass,
  persistentVolumeClaimResize,
  storageObjectInUseProtection,
} from "./plugins/storage.ts";

import { mutatingWebhooks, validatingWebhooks } from "./webhooks/plugins.ts";
import type { WebhookTransport } from "./webhooks/transport.ts";

export interface AdmissionOptions {
  readonly context: AdmissionContext;
  readonly authorizer: Authorizer;
  /** In [0, 1). */
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** With it, webhooks and admission policies are asked too. */
  readonly dynamic?: { readonly host: AdmissionHost; readonly transport: WebhookTransport };
}

/** The plugins that kube-apiserver 1.36 has on unless told otherwise, in its order. */
export function defaultPlugins({ context, authorizer, random, now, dynamic }: AdmissionOptions): AdmissionPlugin[] {
  return [
    namespaceLifecycle(context),
    limitRanger(context),
    serviceAccount(context, random),
    taintNodesByCondition(),
    podSecurity(context),
    priority(context),
    defaultTolerationSeconds(),
    defaultStorageClass(context),
    storageObjectInUseProtection(),
    persistentVolumeClaimResize(context),
    runtimeClass(context),
    certificateApproval(authorizer),
    certificateSigning(authorizer),
    certificateSubjectRestriction(),
    defaultIngressClass(context),
    podTopologyLabels(context),
    podResize(context),
    ...(dynamic === undefined
      ? []
      : [
          mutatingPolicies(dynamic.host),
          mutatingWebhooks(dynamic.host, dynamic.transport),
          validatingPolicies(dynamic.host),
          validatingWebhooks(dynamic.host, dynamic.transport),
        ]),
    resourceQuota(context, now),
  ];
}
