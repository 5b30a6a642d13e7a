import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { appSpec, container, planApp, planTask, taskSpec } from "../../../test/workloads/planning.ts";

const hardContainer = {
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
};
const hardPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

describe("secure defaults", () => {
  test("are on for Apps and Tasks", () => {
    for (const { template, container: first } of [planApp(appSpec()), planTask(taskSpec())]) {
      assert.deepEqual(first["securityContext"], hardContainer);
      assert.deepEqual(template.spec["securityContext"], hardPod);
      assert.equal(template.spec["automountServiceAccountToken"], false);
    }
  });

  /** Each switch, and what is missing without it. */
  const switches: [name: string, rest: object, where: "container" | "pod"][] = [
    ["nonRoot", { seccompProfile: hardPod.seccompProfile }, "pod"],
    ["seccomp", { runAsNonRoot: true }, "pod"],
    ["readOnlyRootFilesystem", { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }, "container"],
    ["noPrivilegeEscalation", { readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } }, "container"],
    ["dropCapabilities", { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false }, "container"],
  ];
  for (const [name, rest, where] of switches) {
    test(`${name} is turned off alone, by the App or by the Environment`, () => {
      const own = planApp(appSpec({ hardening: { [name]: false } }));
      const shared = planApp(appSpec(), { settings: { hardening: { [name]: false } } });
      for (const planned of [own, shared]) {
        const holder: JsonObject = where === "pod" ? planned.template.spec : planned.container;
        assert.deepEqual(holder["securityContext"], rest);
      }
    });
  }

  test("the App's own word stands above the Environment's", () => {
    const planned = planApp(appSpec({ hardening: { nonRoot: true } }), { settings: { hardening: { nonRoot: false } } });
    assert.deepEqual(planned.template.spec["securityContext"], hardPod);
  });

  test("leave nothing behind when all are off", () => {
    const all = ["nonRoot", "seccomp", "readOnlyRootFilesystem", "noPrivilegeEscalation", "dropCapabilities"];
    const more = ["noServiceAccountToken", "topologySpread", "disruptionBudget", "preStop"];
    const hardening = Object.fromEntries([...all, ...more].map((name) => [name, false]));
    const spec = appSpec({ hardening, replicas: 3, serviceAccount: { create: false }, containers: [container()] });
    const planned = planApp(spec);
    assert.deepEqual(planned.list, ["Deployment/orders"]);
    assert.deepEqual(Object.keys(planned.template.spec), ["containers"]);
    assert.deepEqual(Object.keys(planned.container), ["name", "image", "resources"]);
  });
});

describe("what a pod or container says itself", () => {
  const security = (securityContext: object, more: object = {}) =>
    planApp(appSpec({ containers: [container({ securityContext })], ...more }));

  test("stands, field by field", () => {
    const planned = security({ readOnlyRootFilesystem: false, capabilities: { add: ["NET_BIND_SERVICE"] } });
    assert.deepEqual(planned.container["securityContext"], {
      readOnlyRootFilesystem: false,
      capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
      allowPrivilegeEscalation: false,
    });
    const pod = planApp(appSpec({ securityContext: { fsGroup: 7, seccompProfile: { type: "Unconfined" } } }));
    assert.deepEqual(pod.template.spec["securityContext"], {
      fsGroup: 7,
      seccompProfile: { type: "Unconfined" },
      runAsNonRoot: true,
    });
  });

  test("lets a container be root without the others", () => {
    const planned = security({ runAsUser: 0 });
    assert.equal((planned.container["securityContext"] as JsonObject)["runAsNonRoot"], false);
    assert.deepEqual(planned.template.spec["securityContext"], hardPod);
  });

  test("lets a pod be root as a whole", () => {
    const planned = planApp(appSpec({ securityContext: { runAsUser: 0 } }));
    assert.equal((planned.template.spec["securityContext"] as JsonObject)["runAsNonRoot"], undefined);
  });

  test("keeps out what the API server refuses beside privileged or CAP_SYS_ADMIN", () => {
    assert.deepEqual(security({ privileged: true }).container["securityContext"], {
      privileged: true,
      readOnlyRootFilesystem: true,
    });
    const admin = security({ capabilities: { add: ["SYS_ADMIN"] } }).container["securityContext"] as JsonObject;
    assert.equal(admin["allowPrivilegeEscalation"], undefined);
  });

  test("keeps a token that the pod or its account asks for", () => {
    const pod = planApp(appSpec({ automountServiceAccountToken: true }));
    assert.equal(pod.template.spec["automountServiceAccountToken"], true);
    const account = planApp(appSpec({ serviceAccount: { automountServiceAccountToken: true } }));
    assert.equal(account.template.spec["automountServiceAccountToken"], undefined);
  });

  test("keeps Linux' settings from Windows pods, which are refused with them", () => {
    const planned = planApp(appSpec({ os: { name: "windows" } }));
    assert.equal(planned.container["securityContext"], undefined);
    assert.deepEqual(planned.template.spec["securityContext"], { runAsNonRoot: true });
  });
});

describe("preStop", () => {
  const preStop = (containerMore: object, more: object = {}) =>
    planApp(appSpec({ containers: [container(containerMore)], ...more })).container["lifecycle"];

  test("lets a container that serves sleep before it stops", () => {
    assert.deepEqual(preStop({ http: { port: 80 } }), { preStop: { sleep: { seconds: 5 } } });
    assert.deepEqual(preStop({ grpc: { port: 80 } }), { preStop: { sleep: { seconds: 5 } } });
    assert.equal(preStop({}), undefined);
  });

  test("stays within the grace period, and leaves a hook that is written", () => {
    assert.deepEqual(preStop({ http: { port: 80 } }, { terminationGracePeriodSeconds: 3 }), {
      preStop: { sleep: { seconds: 3 } },
    });
    assert.equal(preStop({ http: { port: 80 } }, { terminationGracePeriodSeconds: 0 }), undefined);
    const own = { preStop: { exec: { command: ["true"] } } };
    assert.deepEqual(preStop({ http: { port: 80 }, lifecycle: own }), own);
    const start = { postStart: { exec: { command: ["true"] } } };
    assert.deepEqual(preStop({ http: { port: 80 }, lifecycle: start }), {
      ...start,
      preStop: { sleep: { seconds: 5 } },
    });
  });

  test("is nothing for the container of a Task", () => {
    const planned = planTask(taskSpec({ containers: [container({ http: { port: 80 } })] }));
    assert.equal(planned.container["lifecycle"], undefined);
  });
});

describe("topology spread", () => {
  const spread = (more: object) =>
    planApp(appSpec(more)).template.spec["topologySpreadConstraints"] as JsonObject[] | undefined;

  test("spreads more than one replica over zones and nodes as far as possible", () => {
    for (const more of [{ replicas: 2 }, { scaling: { min: 1, max: 2, cpu: 50 } }]) {
      assert.deepEqual(
        spread(more)?.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]),
        [
          ["topology.kubernetes.io/zone", "ScheduleAnyway"],
          ["kubernetes.io/hostname", "ScheduleAnyway"],
        ],
      );
    }
  });

  test("leaves one replica, a DaemonSet, and constraints that are written alone", () => {
    assert.equal(spread({}), undefined);
    assert.equal(spread({ workload: "DaemonSet" }), undefined);
    const own = [{ maxSkew: 2, topologyKey: "rack", whenUnsatisfiable: "DoNotSchedule" }];
    assert.deepEqual(spread({ replicas: 3, topologySpreadConstraints: own }), own);
  });
});
