import assert from "node:assert/strict";
import { test } from "node:test";
import { isObject, validate, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import fc from "fast-check";
import { kind } from "../../../kinds/generated/mesh-config.ts";
import { presetOf, settingsOf } from "./settings-of.ts";
import { specOf } from "./spec-of.ts";

const ours = presetOf(undefined);
const theirs = presetOf("admiral");

test("a MeshConfig that says nothing is the preset", () => {
  assert.deepEqual(settingsOf({}), ours);
  assert.deepEqual(settingsOf({ compat: "admiral" }), theirs);
});

test("a preset that is written out obeys the kind's schema and reads back as itself", () => {
  for (const { settings, registry } of [ours, theirs]) {
    const spec = specOf(settings, registry);
    assert.deepEqual(validate(spec as unknown as JsonObject, kind.spec), []);
    assert.deepEqual(settingsOf(spec), { settings, registry });
  }
});

test("every setting of one mode can be said in the other: no field of the settings is without one of the MeshConfig", () => {
  for (const [said, from] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const { compat: _, ...spec } = specOf(said.settings, said.registry);
    const { settings, registry } = settingsOf({
      ...spec,
      ...(from.settings.mode === "admiral" && { compat: "admiral" as const }),
    });
    assert.deepEqual({ ...settings, mode: said.settings.mode }, said.settings);
    assert.deepEqual(registry, said.registry);
  }
});

/** Any spec that the schema allows: the settings it means, written out and read again, are the same. */
function specs(schema: Schema): fc.Arbitrary<JsonValue> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).map(([name, child]) => [name, specs(child)] as const);
    return fc.record(Object.fromEntries(entries), { requiredKeys: [...(schema.required ?? [])] });
  }
  const text = fc.stringMatching(/^[a-z]([a-z0-9.-]{0,6}[a-z0-9])?$/);
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1000, 1000) });
    case "array":
      return fc.uniqueArray(specs(schema.items!), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
        selector: (item) => (isObject(item) ? (item["name"] ?? item["cluster"] ?? item["kind"]) : item),
      });
    case "object":
      return fc.dictionary(text, text, { maxKeys: 2, noNullPrototype: true });
    default:
      if (schema.title?.startsWith("a duration") === true) return fc.integer({ min: 0, max: 7200 }).map((n) => `${n}s`);
      if (schema.format === "cidr") return fc.integer({ min: 0, max: 255 }).map((n) => `240.${n}.0.0/16`);
      if (schema.pattern !== undefined) return fc.integer({ min: 1, max: 9999 }).map((n) => `${n}Mi`);
      return text;
  }
}

test("whatever a MeshConfig says, it can be written out in full and read back", () => {
  fc.assert(
    fc.property(specs(kind.spec), (value) => {
      const spec = value as Parameters<typeof settingsOf>[0];
      assert.deepEqual(validate(value, kind.spec), []);
      const meant = settingsOf(spec);
      const full = specOf(meant.settings, meant.registry);
      assert.deepEqual(validate(full as unknown as JsonObject, kind.spec), []);
      assert.deepEqual(settingsOf(full), meant);
    }),
    { seed: 6, numRuns: 50 },
  );
});

/** What `Default: …` of a field must say, from the presets themselves. */
function defaultsIn(value: JsonValue | undefined): string {
  if (value === undefined || value === "") return "empty";
  return `\`${plain(value)}\``;
}

function plain(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(", ")}]`;
  if (isObject(value))
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${plain(item!)}`)
      .join(", ")}}`;
  return String(value);
}

/** Fields whose default is told in words. */
const inWords = new Set(["compat", "workloads.clientClusters", "routing.inCluster.enabled"]);

test("the description of a field says its default, and that of compat mode where it is another", () => {
  const full = [ours, theirs].map(({ settings, registry }) => specOf(settings, registry) as unknown as JsonObject);
  // What is off in one mode says its other fields in the mode where it is on.
  const on = settingsOf({
    exportTo: { enabled: true },
    sidecars: { enabled: true },
    filters: { enabled: true },
    routing: { ingress: { enabled: true }, inCluster: { enabled: true } },
    traffic: { subjectNames: { from: "prefix" } },
  });
  const shown = specOf(on.settings, on.registry) as unknown as JsonObject;
  const visit = (
    schema: Schema,
    values: (JsonValue | undefined)[],
    fallback: JsonValue | undefined,
    path: string,
  ): void => {
    if (schema.properties !== undefined) {
      for (const [name, child] of Object.entries(schema.properties)) {
        const at = (value: JsonValue | undefined) => (isObject(value) ? value[name] : undefined);
        visit(child, values.map(at), at(fallback), path === "" ? name : `${path}.${name}`);
      }
      return;
    }
    if (inWords.has(path)) return;
    const [own, other] = values;
    const said = own ?? fallback ?? "";
    const rest =
      other === undefined || plain(other) === plain(said) ? "" : `; with \`compat: admiral\`: ${defaultsIn(other)}`;
    const wanted = `Default: ${defaultsIn(said)}${rest}.`;
    assert.ok(schema.description?.endsWith(wanted), `${path}: ${schema.description}\nwanted: ${wanted}`);
  };
  visit(kind.spec, full, shown, "");
});
