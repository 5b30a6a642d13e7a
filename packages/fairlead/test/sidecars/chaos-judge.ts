/** Looks at every write of a workload as it is stored: nobody is restarted twice for one thing, nor without need. */
import { isDeepStrictEqual } from "node:util";
import { get, textOf, type Clock, type JsonObject } from "@fairlead/apimachinery";
import type { SentWrite } from "../../src/run/sidecars/act/act.ts";
import { at, proxyImage, type WorldCluster } from "./live-world.ts";

export interface Judge {
  /** New pods get something else from now on. */
  expect(image: string): void;
  /** What new pods get now. */
  readonly expected: string;
  /** A controller begins to send a write. */
  sent(write: SentWrite): void;
  /** What was done that must not be. */
  readonly broken: string[];
  /** For what each workload was restarted, in turn. */
  readonly restarted: Map<string, string[]>;
  /** Pods of each workload that were to be evicted, by uid. */
  readonly evicted: Map<string, Set<string>>;
  restarts(): number;
  begin(): void;
  stop(): void;
}

/** Of a workload: `hand` changes where somebody else restarts it. */
interface Look {
  readonly template: string;
  readonly hand: string;
}

/** A change of what is wanted needs this long to reach everybody; nothing that is watched arrives sooner than it happens. */
const graceMs = 250;

export function chaosJudge(east: WorldCluster, clock: Clock, first: string): Judge {
  const { store } = east.cluster.core;
  const looks = new Map<string, Look>();
  const restarted = new Map<string, string[]>();
  const evicted = new Map<string, Set<string>>();
  const broken: string[] = [];
  let restarts = 0;
  let wanted = [{ image: first, until: Infinity }];
  /** By workload and mark: when it was sent last. */
  const sent = new Map<string, number>();

  const annotationOf = (object: unknown, name: string): string =>
    textOf(at(object, "spec", "template", "metadata", "annotations", name));
  const look = (object: JsonObject): Look => ({
    template: JSON.stringify(at(object, "spec", "template")),
    hand: annotationOf(object, "hand"),
  });
  for (const object of east.cluster.api.list("deployments.apps")) {
    const { namespace, name } = object["metadata"] as { namespace: string; name: string };
    looks.set(`${namespace}/${name}`, look(object));
  }

  /** What whoever sends something at a time may know to be wanted. */
  const knowable = (sentAt: number): readonly string[] =>
    wanted.filter(({ until }) => until >= sentAt - graceMs).map(({ image }) => image);

  /** An eviction is of one pod, which stays what it is: it is judged as it is sent. */
  function judgeEviction({ namespace, name, body }: SentWrite): void {
    const uid = textOf(get(get(body["deleteOptions"], "preconditions"), "uid"));
    const pod = east.cluster.api.get("pods", { namespace, name });
    if (pod === undefined || at(pod, "metadata", "uid") !== uid) return;
    const key = `${namespace}/${textOf(at(pod, "metadata", "labels", "app"))}`;
    const uids = evicted.get(key) ?? new Set();
    if (!uids.has(uid)) restarts++;
    evicted.set(key, uids.add(uid));
    const known = knowable(clock.monotonic());
    if (known.every((image) => image === proxyImage(pod))) broken.push(`${key} lost pod ${name} though current`);
  }

  function judge(key: string, object: JsonObject): void {
    const mark = annotationOf(object, "sidecars.fairlead.dev/restarted-for");
    restarts++;
    const list = restarted.get(key) ?? [];
    // Only what was wanted anew after something else was may be restarted for again.
    const isAgain =
      new Set(wanted.map(({ image }) => image)).size < wanted.length ? list.at(-1) === mark : list.includes(mark);
    if (isAgain) broken.push(`${key} was restarted twice for ${mark}`);
    restarted.set(key, [...list, mark]);
    if (!key.startsWith("shop/")) return void broken.push(`${key} is none of ours`);
    const images = east.proxies("shop", key.slice("shop/".length));
    const known = knowable(sent.get(`${key} ${mark}`) ?? clock.monotonic());
    if (images.length > 0 && known.every((image) => images.every((one) => one === image)))
      broken.push(
        `${key} was restarted for ${mark} though current: ${images.join()} (${known.join()}): ${list.join()}`,
      );
  }

  const end = store.watch("deployments.apps", store.revision, ({ stored }) => {
    const { key, object } = stored;
    if (key.startsWith("istio-system/")) return;
    const [before, now] = [looks.get(key), look(object)];
    looks.set(key, now);
    if (isDeepStrictEqual(before?.template, now.template) || before?.hand !== now.hand) return;
    judge(key, object);
  });

  return {
    expect(image) {
      const now = clock.monotonic();
      wanted = [...wanted.map((one) => ({ ...one, until: Math.min(one.until, now) })), { image, until: Infinity }];
    },
    get expected() {
      return wanted.at(-1)!.image;
    },
    sent(write) {
      if (write.verb === "evict") return judgeEviction(write);
      const { namespace, name, body } = write;
      const mark = textOf(
        at(body, "spec", "template", "metadata", "annotations", "sidecars.fairlead.dev/restarted-for"),
      );
      sent.set(`${namespace}/${name} ${mark}`, clock.monotonic());
    },
    broken,
    restarted,
    evicted,
    restarts: () => restarts,
    begin() {
      broken.length = 0;
      restarted.clear();
      evicted.clear();
      sent.clear();
      wanted = wanted.slice(-1);
    },
    stop: () => end?.(),
  };
}
