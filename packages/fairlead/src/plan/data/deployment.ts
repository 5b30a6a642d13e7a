import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { contentHash } from "../shared/content-hash.ts";
import { fields, filled } from "../shared/fields.ts";
import { sorted } from "../shared/metadata.ts";
import { contentHashAnnotation } from "../workloads/reload.ts";
import { exporterContainer, hasExporter } from "./exporter.ts";
import { compatContainer, poolContainer } from "./container.ts";
import type { Pool } from "./pool.ts";

/** PgBouncer with its exporter; a change of the settings rolls the pods, new ones first. */
export function poolDeployment(pool: Pool, config: KrmObject | undefined): KrmObject {
  const { declaration, spec, replicas, selector, podLabels, metadata, name, secret, secretName } = pool;
  const { compat } = declaration;
  const data: JsonValue[] = [config, secret].map((object) => [
    object?.["data"] ?? null,
    object?.["stringData"] ?? null,
  ]);
  const annotations = { ...spec.pod?.annotations, [contentHashAnnotation]: contentHash(data) };
  // What the Secret will hold is not known here; where Stakater's Reloader runs, it rolls the pods for it.
  const reload = secret === undefined ? { "secret.reloader.stakater.com/reload": secretName } : undefined;
  const container = compat ? compatContainer(pool, config) : poolContainer(pool, config);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata({ name, annotations: reload }),
    spec: {
      replicas,
      selector: { matchLabels: { ...selector } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: compat ? 2 : 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { ...podLabels }, annotations: sorted(annotations) },
        spec: fields({
          containers: hasExporter(pool) ? [container, exporterContainer(pool)] : [container],
          affinity: (spec.affinity as JsonObject | undefined) ?? spread(pool),
          ...(compat ? {} : ownPodFields),
          imagePullSecrets: filled(spec.imagePullSecrets?.map((reference) => ({ name: reference.name }))),
          nodeSelector: filled(spec.nodeSelector),
          priorityClassName: spec.priorityClassName,
          serviceAccountName: spec.serviceAccountName,
          terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 90,
          tolerations: filled(spec.tolerations as JsonObject[] | undefined),
          ...(compat ? {} : { volumes: [configVolume] }),
        }),
      },
    },
  };
}

/** The image writes pgbouncer.ini and userlist.txt at its start; the password stays in memory. */
const configVolume: JsonObject = { name: "config", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } };

/** The image's user postgres is 70. */
const ownPodFields: JsonObject = {
  automountServiceAccountToken: false,
  securityContext: {
    fsGroup: 70,
    runAsGroup: 70,
    runAsNonRoot: true,
    runAsUser: 70,
    seccompProfile: { type: "RuntimeDefault" },
  },
};

/** Different nodes: preferred, so that a small cluster still runs both; the predecessor required it. */
function spread({ selector, declaration }: Pool): JsonObject {
  const term = { labelSelector: { matchLabels: { ...selector } }, topologyKey: "kubernetes.io/hostname" };
  return {
    podAntiAffinity: declaration.compat
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
      : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] },
  };
}
