import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { goPrint } from "./go-print.ts";
import { goQuantity } from "./go-quantity.ts";
import { templateHash } from "./hash.ts";
import { revisionData, revisionHash } from "./revisions.ts";

/** As the API server stores it, with its defaults. */
const template = (name: string, image: string, more: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app: name } },
  spec: {
    containers: [
      {
        name,
        image,
        resources: {},
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        imagePullPolicy: "IfNotPresent",
      },
    ],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...more,
  },
});

test("names templates as kube-controller-manager 1.36.3 has named them", () => {
  assert.equal(templateHash(template("web", "a:1"), undefined), "cb76494b4");
  assert.equal(templateHash(template("web", "a:2"), undefined), "799bc7bcd7");
  assert.equal(templateHash(template("agent", "a:1"), undefined), "546775bffb");
  assert.equal(revisionHash(revisionData(template("db", "a:1") as never), 0), "6676f7b549");
});

test("gives a template another name for each collision, and for each change of it", () => {
  const one = template("web", "a:1");
  const names = [
    templateHash(one, undefined),
    templateHash(one, 0),
    templateHash(one, 1),
    templateHash(template("web", "a:1", { hostNetwork: true }), undefined),
    templateHash(template("web", "a:1", { securityContext: { runAsUser: 0 } }), undefined),
  ];
  assert.equal(new Set(names).size, names.length);
});

test("takes lists and maps without content for missing ones, as Protobuf does", () => {
  const { metadata, spec } = template("web", "a:1") as { metadata: JsonObject; spec: JsonObject };
  const empty = { metadata: { ...metadata, annotations: {} }, spec: { ...spec, volumes: [], nodeSelector: {} } };
  assert.equal(templateHash(empty, undefined), templateHash({ metadata, spec }, undefined));
});

test("prints values with their types, pointers followed, keys in order", () => {
  const print = (type: string, object: JsonObject): string | undefined => goPrint(type, object);
  assert.equal(
    print("v1.EnvVar", { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }),
    "(v1.EnvVar){Name:(string)A Value:(string) ValueFrom:(*v1.EnvVarSource){FieldRef:(*v1.ObjectFieldSelector)" +
      "{APIVersion:(string) FieldPath:(string)metadata.name} ResourceFieldRef:(*v1.ResourceFieldSelector)<nil> " +
      "ConfigMapKeyRef:(*v1.ConfigMapKeySelector)<nil> SecretKeyRef:(*v1.SecretKeySelector)<nil> " +
      "FileKeyRef:(*v1.FileKeySelector)<nil>}}",
  );
  assert.equal(
    print("v1.HTTPGetAction", { path: "/", port: "http" }),
    "(v1.HTTPGetAction){Path:(string)/ Port:(intstr.IntOrString){Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)http} " +
      "Host:(string) Scheme:(v1.URIScheme) HTTPHeaders:([]v1.HTTPHeader)<nil>}",
  );
  assert.equal(
    print("v1.Toleration", { key: "a", tolerationSeconds: 5 }),
    "(v1.Toleration){Key:(string)a Operator:(v1.TolerationOperator) Value:(string) Effect:(v1.TaintEffect) TolerationSeconds:(*int64)5}",
  );
  assert.equal(print("v1.ResourceClaim", { name: "b" }), "(v1.ResourceClaim){Name:(string)b Request:(string)}");
  assert.equal(goPrint("map[string]string", { b: "2", a: "1" }), "(map[string]string)map[a:1 b:2]");
});

test("prints quantities as Go holds them, and gives up on those beyond 64 bits", () => {
  const held = (value: string, scale: number, kept: string, format: string): string =>
    `{i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}} ` +
    `d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${kept} Format:(resource.Format)${format}}`;
  const cases = [
    ["0", held("0", 0, "0", "DecimalSI")],
    ["100m", held("100", -3, "100m", "DecimalSI")],
    ["2k", held("2", 3, "2k", "DecimalSI")],
    ["1e3", held("1", 3, "1e3", "DecimalExponent")],
    ["1Gi", held("1073741824", 0, "1Gi", "BinarySI")],
    ["128Mi", held("134217728", 0, "", "BinarySI")],
    ["9Ei", undefined],
    ["1.5", undefined],
  ] as const;
  for (const [text, expected] of cases) assert.equal(goQuantity(text), expected, text);
});

test("falls back to JSON where Go's print cannot be told", () => {
  const huge = template("web", "a:1", { overhead: { memory: "9Ei" } });
  assert.equal(goPrint("v1.PodTemplateSpec", huge), undefined);
  assert.match(templateHash(huge, undefined), /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});
