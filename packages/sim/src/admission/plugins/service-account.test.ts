import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources } from "../../../test/admission.ts";
import { field, items } from "../objects.ts";
import { serviceAccount } from "./service-account.ts";

const account = (name: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name, namespace: "shop" },
  ...more,
});
const plugin = serviceAccount(
  context({
    serviceaccounts: [
      account("default", { imagePullSecrets: [{ name: "pull" }] }),
      account("quiet", { automountServiceAccountToken: false }),
      {
        metadata: {
          name: "strict",
          namespace: "shop",
          annotations: { "kubernetes.io/enforce-mountable-secrets": "true" },
        },
        secrets: [{ name: "mine" }],
      },
    ],
  }),
  () => 0,
);

test("gives a Pod the default account, its token and its pull secrets", async () => {
  const { object } = await admit(plugin, request(resources.pods, pod()));
  const mount = {
    name: "kube-api-access-bbbbb",
    readOnly: true,
    mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
  };
  assert.deepEqual(object?.["spec"], {
    containers: [{ name: "main", image: "web:1", volumeMounts: [mount] }],
    serviceAccountName: "default",
    serviceAccount: "default",
    imagePullSecrets: [{ name: "pull" }],
    volumes: [
      {
        name: "kube-api-access-bbbbb",
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
            {
              downwardAPI: {
                items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
              },
            },
          ],
        },
      },
    ],
  });
});

test("says which account is not there", async () => {
  const { message } = await admit(plugin, request(resources.pods, pod({ serviceAccountName: "nope" })));
  assert.equal(
    message,
    'pods "web" is forbidden: error looking up service account shop/nope: serviceaccount "nope" not found',
  );
});

test("mounts no token where the account or the Pod wants none; the Pod has the last word", async () => {
  const volumes = async (spec: JsonObject) =>
    items((await admit(plugin, request(resources.pods, pod(spec)))).object, "spec", "volumes").length;
  assert.equal(await volumes({ serviceAccountName: "quiet" }), 0);
  assert.equal(await volumes({ automountServiceAccountToken: false }), 0);
  assert.equal(await volumes({ serviceAccountName: "quiet", automountServiceAccountToken: true }), 1);
});

test("adds no volume where every container brings a mount of its own, and reuses one that is there", async () => {
  const own = { mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: "mine" };
  const mounted = pod({ containers: [{ name: "a", volumeMounts: [own] }] });
  const { object } = await admit(plugin, request(resources.pods, mounted));
  assert.equal(field(object, "spec", "volumes"), undefined);
  const named = pod({ volumes: [{ name: "kube-api-access-x", emptyDir: {} }] });
  const reused = await admit(plugin, request(resources.pods, named));
  assert.equal(items(items(reused.object, "spec", "containers")[0], "volumeMounts")[0]?.["name"], "kube-api-access-x");
});

test("lets an account that enforces it mount only its own secrets", async () => {
  const spec = { serviceAccountName: "strict", volumes: [{ name: "v", secret: { secretName: "other" } }] };
  assert.equal(
    (await admit(plugin, request(resources.pods, pod(spec)))).message,
    'pods "web" is forbidden: volume with secret.secretName="other" is not allowed because service account strict does not reference that secret',
  );
  const env = [{ name: "E", valueFrom: { secretKeyRef: { name: "other", key: "k" } } }];
  const withEnv = pod({ serviceAccountName: "strict", containers: [{ name: "c", env }] });
  assert.equal(
    (await admit(plugin, request(resources.pods, withEnv))).message,
    'pods "web" is forbidden: container c with envVar E referencing secret.secretName="other" is not allowed because service account strict does not reference that secret',
  );
});

test("refuses mirror Pods that reference accounts or secrets, and leaves others alone", async () => {
  const annotations = { "kubernetes.io/config.mirror": "x" };
  const bare = pod({}, { annotations });
  assert.deepEqual(await admit(plugin, request(resources.pods, bare)), { object: bare });
  const { message } = await admit(
    plugin,
    request(resources.pods, pod({ serviceAccountName: "default" }, { annotations })),
  );
  assert.equal(message, 'pods "web" is forbidden: a mirror pod may not reference service accounts');
});
