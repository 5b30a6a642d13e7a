import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import type { SubscriptionSpec } from "../../kinds/subscription.ts";
import type { TopicSpec } from "../../kinds/topic.ts";
import { declare, worldOf, type Surroundings } from "../../../test/workloads/planning.ts";
import type { Declaration } from "../declaration.ts";
import { isPubsubName, kubernetesName } from "./names.ts";
import { subscriptionPlanner } from "./subscription.ts";
import { topicPlanner } from "./topic.ts";

const settings = { messaging: { project: "shop-dev", rabbitmqCluster: { name: "rabbit" } } };
const topic = (name: string, spec: TopicSpec = {}) => declare("Topic", spec, { name }) as unknown as Declaration;

function planTopic(spec: TopicSpec, around: Surroundings = {}) {
  const declaration = declare("Topic", spec, { settings, ...around });
  return told(topicPlanner.plan(declaration, worldOf(declaration, { settings, ...around })));
}

function planSubscription(spec: SubscriptionSpec, around: Surroundings = {}) {
  const declaration = declare("Subscription", spec, { name: "billing", ...around });
  const surroundings = { settings, declarations: [topic("orders")], ...around };
  return told(subscriptionPlanner.plan(declaration, worldOf(declaration, surroundings)));
}

function told({ desired, findings }: { desired: readonly KrmObject[]; findings: readonly Finding[] }) {
  return {
    desired,
    findings,
    codes: findings.map(({ code }) => code),
    list: desired.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    spec: (index: number) => desired[index]!["spec"] as JsonObject,
  };
}

describe("a Topic", () => {
  test("is the topic, its dead-letter topic and a subscription that keeps the dead letters", () => {
    const { list, spec, desired } = planTopic({ prefix: "dev-", name: "orders" });
    assert.deepEqual(list, [
      "PubSubTopic/dev-orders",
      "PubSubTopic/dev-orders.dlx",
      "PubSubSubscription/dev-orders.dlx",
    ]);
    assert.deepEqual(spec(2), {
      resourceID: "dev-orders.dlx",
      topicRef: { name: "dev-orders.dlx" },
      expirationPolicy: { ttl: "" },
    });
    assert.equal(desired[0]!.metadata.annotations?.["cnrm.cloud.google.com/project-id"], "shop-dev");
  });

  test("may be many, as names or with their own config over the shared one", () => {
    const { list, spec } = planTopic({
      deadLetter: false,
      config: { messageRetentionDuration: "10m", allowedPersistenceRegions: ["eu"] },
      topics: [
        "alpha",
        { name: "beta", config: { messageRetentionDuration: "1h" } },
        { name: "gamma", deadLetter: true },
      ],
    });
    assert.deepEqual(list.slice(0, 3), ["PubSubTopic/alpha", "PubSubTopic/beta", "PubSubTopic/gamma"]);
    assert.equal(list.length, 5);
    assert.equal(spec(0)["messageRetentionDuration"], "600s");
    assert.equal(spec(1)["messageRetentionDuration"], "3600s");
    assert.deepEqual(spec(1)["messageStoragePolicy"], { allowedPersistenceRegions: ["eu"] });
  });

  test("says nothing of a retention that nobody wrote; the predecessor wrote an empty one", () => {
    assert.deepEqual(planTopic({ deadLetter: false }).spec(0), { resourceID: "orders" });
  });

  test("keeps its real name where Kubernetes cannot have it", () => {
    const { desired, spec } = planTopic({ prefix: "dev-", topics: ["topicA", "topica"], deadLetter: false });
    assert.equal(spec(0)["resourceID"], "dev-topicA");
    assert.match(String(desired[0]!.metadata.name), /^dev-topica-[0-9a-f]{6}$/);
    assert.equal(desired[1]!.metadata.name, "dev-topica");
  });

  test("on RabbitMQ is an exchange, and for dead letters an exchange with a queue", () => {
    const { list, spec } = planTopic({ engine: "rabbitmq", config: { type: "topic" } });
    assert.deepEqual(list, ["Exchange/orders", "Exchange/orders.dlx", "Queue/orders.dlx", "Binding/orders.dlx"]);
    assert.deepEqual(spec(0), {
      name: "orders",
      type: "topic",
      durable: true,
      autoDelete: false,
      rabbitmqClusterReference: { name: "rabbit" },
    });
  });
});

describe("a Subscription", () => {
  test("has the predecessor's six values unless it says otherwise", () => {
    assert.deepEqual(planSubscription({ topic: "orders" }).spec(0), {
      resourceID: "billing",
      topicRef: { name: "orders" },
      ackDeadlineSeconds: 10,
      messageRetentionDuration: "604800s",
      expirationPolicy: { ttl: "2678400s" },
      deadLetterPolicy: { deadLetterTopicRef: { name: "orders.dlx" }, maxDeliveryAttempts: 5 },
      retryPolicy: { minimumBackoff: "300s", maximumBackoff: "600s" },
    });
  });

  test("may be many, each one's config over the shared one", () => {
    const { spec, desired } = planSubscription({
      config: { ackDeadlineSeconds: 20, filter: "a" },
      subscriptions: [
        { topic: "orders", subscription: "one" },
        { topic: "orders", subscription: "two", config: { ackDeadlineSeconds: 30, ordering: true } },
      ],
    });
    assert.equal(desired.length, 2);
    assert.deepEqual([spec(0)["ackDeadlineSeconds"], spec(0)["filter"]], [20, "a"]);
    assert.deepEqual(
      [spec(1)["ackDeadlineSeconds"], spec(1)["filter"], spec(1)["enableMessageOrdering"]],
      [30, "a", true],
    );
  });

  test("finds its Topic by the real name, whatever the Kubernetes name is", () => {
    const { spec, codes } = planSubscription(
      { prefix: "dev-", topic: "auditLog" },
      { declarations: [topic("x", { prefix: "dev-", topics: ["auditLog"] })] },
    );
    assert.deepEqual(codes, []);
    assert.deepEqual(spec(0)["topicRef"], { name: kubernetesName("dev-auditLog") });
  });

  test("finds a topic that is passed through", () => {
    const objects = [
      { apiVersion: "pubsub.cnrm.cloud.google.com/v1beta1", kind: "PubSubTopic", metadata: { name: "plain" } },
    ];
    assert.deepEqual(planSubscription({ topic: "plain", deadLetter: false }, { objects }).codes, []);
  });

  test("of another project's topic needs no declaration of it", () => {
    const { spec, codes } = planSubscription({ topic: "projects/p/topics/t", deadLetter: false });
    assert.deepEqual(codes, []);
    assert.deepEqual(spec(0)["topicRef"], { external: "projects/p/topics/t" });
  });

  test("follows the broker of its Topic", () => {
    const declarations = [
      topic("orders", { engine: "rabbitmq", vhost: "v", rabbitmqCluster: { connectionSecret: "s" } }),
    ];
    const { list, spec, codes } = planSubscription({ topic: "orders" }, { declarations, settings: {} });
    assert.deepEqual(codes, []);
    assert.deepEqual(list, ["Queue/billing", "Binding/billing", "Policy/billing"]);
    assert.deepEqual(spec(0)["rabbitmqClusterReference"], { connectionSecret: { name: "s" } });
    assert.equal(spec(0)["vhost"], "v");
  });

  test("on RabbitMQ puts what may change later into a policy of its queue alone", () => {
    const { spec } = planSubscription(
      { topic: "orders", engine: "rabbitmq", name: "a.b", config: { ttl: "" } },
      { settings: { messaging: { ...settings.messaging, engine: "rabbitmq" } } },
    );
    assert.deepEqual(get(spec(2), "definition"), {
      "dead-letter-exchange": "orders.dlx",
      "delivery-limit": 5,
      "message-ttl": 604_800_000,
    });
    assert.equal(spec(2)["pattern"], "^a\\.b$");
    assert.equal(spec(0)["arguments"], undefined);
  });
});

describe("findings about messaging", () => {
  const six = (config: NonNullable<SubscriptionSpec["config"]>): SubscriptionSpec => ({ topic: "orders", config });
  const rabbit: Surroundings = { settings: { messaging: { ...settings.messaging, engine: "rabbitmq" } } };
  const cases: readonly {
    what: string;
    spec: SubscriptionSpec;
    around?: Surroundings;
    code: string;
    severity?: string;
    says?: RegExp;
    hint?: RegExp;
  }[] = [
    {
      what: "a topic that is nearly one",
      spec: { topic: "ordres" },
      code: "FL350",
      severity: "error",
      hint: /did you mean orders\?/,
    },
    {
      what: "a topic that may be elsewhere",
      spec: { topic: "payments" },
      code: "FL350",
      severity: "warning",
      says: /payments/,
    },
    {
      what: "another prefix than the Topic's",
      spec: { prefix: "dev-", topic: "orders" },
      code: "FL350",
      severity: "error",
      hint: /same prefix/,
    },
    {
      what: "an ack deadline that is too short",
      spec: six({ ackDeadlineSeconds: 9 }),
      code: "FL351",
      hint: /write 10/,
    },
    {
      what: "an ack deadline that is too long",
      spec: six({ ackDeadlineSeconds: 601 }),
      code: "FL351",
      hint: /write 600/,
    },
    { what: "too few attempts", spec: six({ maxDeliveryAttempts: 4 }), code: "FL351", says: /5 to 100/ },
    { what: "too many attempts", spec: six({ maxDeliveryAttempts: 101 }), code: "FL351", hint: /write 100/ },
    {
      what: "a retention that is too long",
      spec: six({ messageRetentionDuration: "745h" }),
      code: "FL351",
      says: /2678400s/,
    },
    { what: "a retention that is too short", spec: six({ messageRetentionDuration: "9m59s" }), code: "FL351" },
    { what: "a back-off beyond ten minutes", spec: six({ maximumBackoff: "601s" }), code: "FL351", hint: /write 600s/ },
    {
      what: "a back-off that is no duration",
      spec: six({ minimumBackoff: "soon" }),
      code: "FL351",
      says: /no duration/,
    },
    {
      what: "an expiry below a day",
      spec: six({ ttl: "3600s", messageRetentionDuration: "600s" }),
      code: "FL351",
      says: /ttl/,
    },
    {
      what: "a minimum above the maximum",
      spec: six({ minimumBackoff: "5m", maximumBackoff: "10s" }),
      code: "FL352",
      hint: /swap/,
    },
    { what: "an expiry before the messages'", spec: six({ ttl: "86400s" }), code: "FL353", hint: /604800s/ },
    { what: "a filter on RabbitMQ", spec: six({ filter: "x" }), around: rabbit, code: "FL354", hint: /routingKey/ },
    { what: "a push on RabbitMQ", spec: six({ push: { endpoint: "https://x" } }), around: rabbit, code: "FL354" },
    {
      what: "an ack deadline on RabbitMQ",
      spec: six({ ackDeadlineSeconds: 20 }),
      around: rabbit,
      code: "FL355",
      severity: "info",
    },
    {
      what: "ordering on RabbitMQ",
      spec: six({ ordering: true }),
      around: rabbit,
      code: "FL355",
      severity: "info",
      says: /single active consumer/,
    },
    {
      what: "a name twice",
      spec: {
        subscriptions: [
          { topic: "orders", subscription: "one" },
          { topic: "orders", subscription: "one" },
        ],
      },
      code: "FL356",
    },
    { what: "a name that Pub/Sub refuses", spec: { topic: "orders", name: "goog-x" }, code: "FL357" },
    {
      what: "a topic that is a wrong address",
      spec: { topic: "projects/p/t" },
      code: "FL357",
      hint: /projects\/P\/topics\/T/,
    },
    {
      what: "an unknown project",
      spec: { topic: "orders" },
      around: { settings: {} },
      code: "FL358",
      severity: "warning",
    },
    {
      what: "an unknown RabbitMQ cluster",
      spec: { topic: "orders" },
      around: { settings: { messaging: { engine: "rabbitmq" } } },
      code: "FL359",
    },
    {
      what: "a cluster named in two ways",
      spec: { topic: "orders", rabbitmqCluster: { name: "a", connectionSecret: "b" } },
      around: rabbit,
      code: "FL359",
      says: /both/,
    },
    { what: "no topic", spec: {}, code: "FL360" },
    { what: "ordering with dead letters", spec: six({ ordering: true }), code: "FL361", severity: "info" },
    {
      what: "a Topic without dead letters",
      spec: { topic: "plain" },
      around: { declarations: [topic("plain", { deadLetter: false })] },
      code: "FL362",
    },
    { what: "another engine than the Topic's", spec: { topic: "orders", engine: "rabbitmq" }, code: "FL363" },
  ];
  for (const { what, spec, around, code, severity = "error", says, hint } of cases) {
    test(`tell of ${what}`, () => {
      const { findings } = planSubscription(spec, around);
      const found = findings.find((finding) => finding.code === code);
      assert.ok(found !== undefined, `${code} among ${findings.map((one) => `${one.code} ${one.message}`).join("; ")}`);
      assert.equal(found.severity, severity);
      if (says !== undefined) assert.match(found.message, says);
      assert.match(found.hint ?? "", hint ?? /./);
    });
  }

  test("accept the bounds themselves", () => {
    const config = {
      ackDeadlineSeconds: 600,
      maxDeliveryAttempts: 100,
      messageRetentionDuration: "744h",
      ttl: "744h",
      minimumBackoff: "0s",
      maximumBackoff: "10m",
    };
    assert.deepEqual(planSubscription(six(config)).codes, []);
  });

  test("tell of a topic that is declared twice, in one object or in two", () => {
    assert.deepEqual(planTopic({ topics: ["alpha", "alpha.dlx"] }).codes, ["FL356"]);
    const two = [topic("one", { topics: ["shared"] }), topic("two", { name: "shared" })];
    const findings = topicPlanner.check!(worldOf(two[0]!, { declarations: [two[1]!] }));
    assert.deepEqual(
      findings.map(({ code, object }) => [code, object?.name]),
      [["FL356", "two"]],
    );
  });

  test("let one topic be in two projects", () => {
    const two = [topic("one", { name: "shared", project: "a" }), topic("two", { name: "shared", project: "b" })];
    assert.deepEqual(topicPlanner.check!(worldOf(two[0]!, { declarations: [two[1]!] })), []);
  });
});

describe("names", () => {
  test("that are valid stay, others get a hash that tells them apart", () => {
    assert.equal(kubernetesName("dev-orders.dlx"), "dev-orders.dlx");
    const names = ["topicA", "TOPICA", "a_b", "a b", "-a-", "a..b", "%", "é", "x".repeat(300), "X".repeat(300)].map(
      kubernetesName,
    );
    for (const name of names)
      assert.match(name, /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    assert.equal(new Set(names).size, names.length);
  });

  test("of Pub/Sub begin with a letter, and not with goog", () => {
    for (const good of ["abc", "a-b_c.d~e+f%20", "A".repeat(255)]) assert.ok(isPubsubName(good), good);
    for (const bad of ["ab", "1abc", "google", "Googly", "a b", "a/b", "", "A".repeat(256)])
      assert.ok(!isPubsubName(bad), bad);
  });
});

describe("the predecessor's Topics and Subscriptions", () => {
  test("leave dead letters of dead letters out, and keep its shape", () => {
    const { spec } = planSubscription(
      { subscriptions: [{ topic: "orders", subscription: "orders.dlx" }] },
      { compat: true },
    );
    assert.equal(spec(0)["deadLetterPolicy"], undefined);
    assert.equal(spec(0)["retryPolicy"], undefined);
    assert.deepEqual(planTopic({}, { compat: true }).spec(2), {
      resourceID: "orders.dlx",
      topicRef: { name: "orders.dlx" },
    });
  });
});
