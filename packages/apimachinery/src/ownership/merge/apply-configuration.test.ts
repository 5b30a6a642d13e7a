/** The server's side of apply and update, as sequences of requests to one object. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject, type JsonValue } from "../../json.ts";
import type { Schema } from "../../schema/schema.ts";
import { pathsOf } from "../field-set.ts";
import { managersOf } from "../managers.ts";
import { formatOwnedPath } from "../path-element.ts";
import { applyConfiguration } from "./apply-configuration.ts";
import { managedFieldsOf } from "./owners.ts";
import { updateManagers } from "./update-managers.ts";

const text: Schema = { type: "string" };
const schema: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        text,
        number: { type: "integer", default: 3 },
        atom: { type: "array", items: text },
        whole: { type: "object", "x-kubernetes-map-type": "atomic", additionalProperties: text },
        map: { type: "object", additionalProperties: text },
        parts: {
          type: "object",
          additionalProperties: { type: "object", properties: { a: text, b: text } },
        },
        set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
        rows: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["id"],
          items: {
            type: "object",
            properties: { id: text, a: text, b: text, more: { type: "object", properties: { x: text } } },
          },
        },
        pairs: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: {
            type: "object",
            properties: { port: { type: "integer" }, protocol: { type: "string", default: "TCP" }, name: text },
          },
        },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    status: { type: "object", additionalProperties: text },
  },
};

function object(spec: JsonObject): JsonObject {
  return { apiVersion: "test.dev/v1", kind: "Thing", metadata: {}, spec };
}

/** One stored object, and requests to it. */
function store(given: Schema | "none" = schema) {
  let live: JsonObject | undefined;
  let clock = 0;
  const options = given === "none" ? {} : { schema: given };
  const tick = (): string => new Date(++clock * 1000).toISOString().replace(".000Z", "Z");
  const keep = (result: JsonObject, managedFields: JsonValue[]): void => {
    const metadata = { ...(result["metadata"] as JsonObject), uid: "1", managedFields };
    live = { ...result, metadata };
  };
  return {
    apply(manager: string, spec: JsonObject, force = false): readonly string[] {
      const request = { ...options, manager, applied: object(spec), force, time: tick() };
      const result = applyConfiguration({ ...request, ...(live === undefined ? {} : { live }) });
      const conflicts = result.conflicts.flatMap(({ owner, fields }) =>
        [...pathsOf(fields)].map((path) => `${owner.manager} ${formatOwnedPath(path)}`),
      );
      if (conflicts.length === 0 && (result.changed || result.managersChanged)) {
        keep(result.object, managedFieldsOf(result.managers));
      }
      return conflicts;
    },
    update(manager: string, spec: JsonObject, more: JsonObject = {}): void {
      const updated = { ...object(spec), ...more };
      const before = live === undefined ? {} : { live };
      keep(updated, managedFieldsOf(updateManagers({ ...options, ...before, updated, manager, time: tick() })));
    },
    updateStatus(manager: string, status: JsonObject): void {
      const updated = { ...live!, status };
      const managers = updateManagers({
        ...options,
        live: live!,
        updated,
        manager,
        subresource: "status",
        time: tick(),
      });
      keep(updated, managedFieldsOf(managers));
    },
    get spec(): JsonValue | undefined {
      return get(live, "spec");
    },
    /** By manager, operation and subresource: the paths it owns, below spec without it. */
    get owners(): { [manager: string]: string } {
      const all = managersOf(live ?? {}).map(({ manager, operation, subresource, fields }) => {
        const paths = [...pathsOf(fields)].map((path) => formatOwnedPath(path).replace(/^\.spec(?=.)/, ""));
        return [`${manager} ${operation}${subresource === "" ? "" : ` ${subresource}`}`, paths.join(" ")] as const;
      });
      return Object.fromEntries(all);
    },
    get times(): (string | undefined)[] {
      return managersOf(live ?? {}).map(({ time }) => time);
    },
    get live(): JsonObject {
      return live!;
    },
  };
}

test("who applies owns what it says, and defaults are nobody's", () => {
  const thing = store();
  thing.apply("a", { text: "1", map: { x: "1" } });
  assert.deepEqual(thing.spec, { text: "1", map: { x: "1" }, number: 3 });
  assert.deepEqual(thing.owners, { "a Apply": ".map.x .text" });
});

test("what is not applied again is removed", () => {
  const thing = store();
  thing.apply("a", { text: "1", map: { x: "1", y: "2" }, set: ["p", "q"], rows: [{ id: "r", a: "1" }] });
  thing.apply("a", { map: { y: "2" }, set: ["q"] });
  assert.deepEqual(thing.spec, { map: { y: "2" }, set: ["q"], number: 3 });
  assert.deepEqual(thing.owners, { "a Apply": '.map.y .set[="q"]' });
});

test("what somebody else owns, too, stays", () => {
  const thing = store();
  thing.apply("a", { text: "1", rows: [{ id: "r", a: "1", b: "1" }] });
  thing.apply("b", { text: "1", rows: [{ id: "r", b: "1" }] });
  thing.apply("a", {});
  assert.deepEqual(thing.spec, { text: "1", rows: [{ id: "r", b: "1" }], number: 3 });
  assert.deepEqual(thing.owners, {
    "a Apply": ".spec",
    "b Apply": '.rows[id="r"] .rows[id="r"].b .rows[id="r"].id .text',
  });
});

test("what an updater has added to an item goes with the item that only the applier owns", () => {
  const thing = store();
  thing.apply("a", { rows: [{ id: "r", a: "1" }, { id: "s" }] });
  thing.update("u", { rows: [{ id: "r", a: "1", b: "2" }, { id: "s" }], number: 3 });
  thing.apply("a", { rows: [{ id: "s" }] });
  assert.deepEqual(thing.spec, { rows: [{ id: "s" }], number: 3 });
  assert.deepEqual(thing.owners, { "a Apply": '.rows[id="s"] .rows[id="s"].id' });
});

test("an item of which nobody owns anything goes whole, with its defaults", () => {
  const thing = store();
  thing.apply("a", { pairs: [{ port: 80, name: "x" }] });
  assert.deepEqual(get(thing.spec, "pairs"), [{ port: 80, name: "x", protocol: "TCP" }]);
  thing.apply("a", { pairs: [{ port: 81 }] });
  assert.deepEqual(get(thing.spec, "pairs"), [{ port: 81, protocol: "TCP" }]);
});

test("another value of another's field is a conflict that names it", () => {
  const thing = store();
  thing.apply("a", { text: "1", map: { x: "1" }, rows: [{ id: "r", a: "1" }] });
  const conflicts = thing.apply("b", { text: "2", map: { x: "2", y: "2" }, rows: [{ id: "r", a: "2" }] });
  assert.deepEqual(conflicts, ["a .spec.text", "a .spec.map.x", 'a .spec.rows[id="r"].a'].sort());
  assert.deepEqual(get(thing.spec, "text"), "1");
});

test("the same value is shared, whoever says it", () => {
  const thing = store();
  thing.apply("a", { text: "1" });
  assert.deepEqual(thing.apply("b", { text: "1" }), []);
  assert.deepEqual(thing.owners, { "a Apply": ".text", "b Apply": ".text" });
});

test("force takes fields from their owners, who are gone with the last of them", () => {
  const thing = store();
  thing.apply("a", { text: "1" });
  thing.apply("c", { text: "1", atom: ["x"] });
  thing.apply("b", { text: "2" }, true);
  assert.deepEqual(thing.owners, { "b Apply": ".text", "c Apply": ".atom" });
});

test("an updater takes fields without asking, and an applier then conflicts with it", () => {
  const thing = store();
  thing.apply("a", { number: 1 });
  thing.update("u", { number: 5 });
  assert.deepEqual(thing.owners, { "u Update": ".number" });
  assert.deepEqual(thing.apply("a", { number: 1 }), ["u .spec.number"]);
  assert.deepEqual(thing.apply("a", { number: 5 }), []);
  assert.deepEqual(thing.owners, { "a Apply": ".number", "u Update": ".number" });
});

test("an applier who lets go of a field that an updater owns leaves it", () => {
  const thing = store();
  thing.apply("a", { number: 5, text: "1" });
  thing.update("u", { number: 7, text: "1" });
  thing.apply("a", { number: 7, text: "1" });
  thing.apply("a", { text: "1" });
  assert.equal(get(thing.spec, "number"), 7);
});

test("an applier who lets go of a defaulted field gets the default back", () => {
  const thing = store();
  thing.apply("a", { number: 5 });
  thing.apply("a", { text: "x" });
  assert.deepEqual(thing.spec, { text: "x", number: 3 });
});

test("an updater who removes a field takes it from everybody", () => {
  const thing = store();
  thing.apply("a", { text: "1", map: { x: "1" } });
  thing.update("u", { number: 3 });
  assert.deepEqual(thing.owners, {});
});

test("atomic lists and maps have one owner for the whole", () => {
  const thing = store();
  thing.apply("a", { atom: ["x", "y"], whole: { p: "1" } });
  assert.deepEqual(thing.apply("b", { atom: ["x"], whole: { p: "1", q: "2" } }), ["a .spec.atom", "a .spec.whole"]);
  thing.apply("b", { atom: ["x"] }, true);
  assert.deepEqual(thing.owners, { "a Apply": ".whole", "b Apply": ".atom" });
  assert.deepEqual(get(thing.spec, "atom"), ["x"]);
});

test("sets are shared item by item", () => {
  const thing = store();
  thing.apply("a", { set: ["x", "y"] });
  thing.apply("b", { set: ["z", "y"] });
  assert.deepEqual(get(thing.spec, "set"), ["x", "z", "y"]);
  thing.apply("a", { set: [] });
  assert.deepEqual(get(thing.spec, "set"), ["z", "y"]);
});

test("the applied order of items stands over the stored one", () => {
  const thing = store();
  thing.apply("a", { rows: [{ id: "1" }, { id: "2" }, { id: "3" }] });
  thing.apply("b", { rows: [{ id: "9" }] });
  thing.apply("a", { rows: [{ id: "3" }, { id: "1" }, { id: "2" }] });
  const ids = (get(thing.spec, "rows") as JsonObject[]).map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id) => id !== "9"),
    ["3", "1", "2"],
  );
  assert.ok(ids.includes("9"));
});

test("items are told apart by their keys, defaults filled in", () => {
  const thing = store();
  thing.apply("a", { pairs: [{ port: 1 }, { port: 1, protocol: "UDP" }] });
  assert.deepEqual(thing.apply("b", { pairs: [{ port: 1, protocol: "TCP", name: "x" }] }), []);
  assert.deepEqual(get(thing.spec, "pairs"), [
    { port: 1, protocol: "TCP", name: "x" },
    { port: 1, protocol: "UDP" },
  ]);
});

test("without a schema lists are one field and maps go by key", () => {
  const thing = store("none");
  thing.apply("a", { map: { x: "1" }, list: [{ id: 1 }] });
  thing.apply("b", { map: { y: "2" } });
  assert.deepEqual(thing.spec, { map: { x: "1", y: "2" }, list: [{ id: 1 }] });
  assert.deepEqual(thing.apply("b", { list: [{ id: 2 }] }), ["a .spec.list"]);
});

test("free parts are merged by key, however deep", () => {
  const thing = store();
  thing.apply("a", { free: { x: { y: 1 } } });
  thing.apply("b", { free: { x: { z: [1] } } });
  assert.deepEqual(get(thing.spec, "free"), { x: { y: 1, z: [1] } });
  thing.apply("a", {});
  assert.deepEqual(get(thing.spec, "free"), { x: { z: [1] } });
});

test("an empty map is kept, and owned as itself", () => {
  const thing = store();
  thing.apply("a", { map: {}, parts: { p: {} } });
  assert.deepEqual(thing.spec, { map: {}, parts: { p: {} }, number: 3 });
  assert.deepEqual(thing.owners, { "a Apply": ".map .parts.p" });
});

test("the status is written through its own endpoint only, and owned apart", () => {
  const thing = store();
  thing.apply("a", { text: "1" });
  thing.updateStatus("c", { phase: "x" });
  assert.deepEqual(thing.owners, { "a Apply": ".text", "c Update status": ".status .status.phase" });
  thing.apply("a", { text: "2" });
  assert.deepEqual(get(thing.live, "status"), { phase: "x" });
});

test("a request that changes nothing leaves all as it was, times included", () => {
  const thing = store();
  thing.apply("a", { text: "1" });
  const before = thing.live;
  thing.apply("a", { text: "1" });
  assert.equal(thing.live, before);
});

test("the time of an entry is that of its last change", () => {
  const thing = store();
  thing.apply("a", { text: "1" });
  thing.apply("b", { number: 4 });
  thing.apply("a", { text: "2" });
  assert.deepEqual(thing.times, ["1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z"]);
});

test("the first apply of an object that nobody manages finds an owner for what is there", () => {
  const live = { ...object({ text: "1", map: { x: "1" } }), metadata: { name: "n", uid: "1" } };
  const { conflicts, managers } = applyConfiguration({ schema, live, applied: object({ text: "2" }), manager: "a" });
  assert.deepEqual(
    conflicts.map(({ owner, fields }) => [owner.manager, [...pathsOf(fields)].map((path) => formatOwnedPath(path))]),
    [["before-first-apply", [".spec.text"]]],
  );
  assert.deepEqual(managers.map(({ manager, operation }) => `${manager} ${operation}`).sort(), [
    "a Apply",
    "before-first-apply Update",
  ]);
});

test("who owned parts of what has become atomic owns the whole", () => {
  const before = (properties: { [name: string]: Schema }): Schema => ({
    type: "object",
    properties: { spec: { type: "object", properties } },
  });
  const map: Schema = { type: "object", properties: { x: text, y: text } };
  const list: Schema = { type: "array", items: text, "x-kubernetes-list-type": "set" };
  const thing = store(before({ map, list, text }));
  thing.apply("a", { map: { x: "1" }, list: ["p"], text: "1" });
  const atomic = before({
    map: { ...map, "x-kubernetes-map-type": "atomic" },
    list: { ...list, "x-kubernetes-list-type": "atomic" },
    text,
  });
  const { managers } = applyConfiguration({
    schema: atomic,
    live: thing.live,
    applied: object({ text: "2" }),
    manager: "b",
    force: true,
  });
  const owned = managers.map(
    ({ manager, fields }) => `${manager} ${[...pathsOf(fields)].map((path) => formatOwnedPath(path)).join(" ")}`,
  );
  assert.deepEqual(owned, ["a .spec.list .spec.map", "b .spec.text"]);
});
