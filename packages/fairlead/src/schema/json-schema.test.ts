import assert from "node:assert/strict";
import { test } from "node:test";
import { loadDescriptions, valueAt } from "@fairlead/apimachinery";
import { loadKind } from "../kinds/load.ts";
import { jsonSchemaOf } from "./json-schema.ts";

test("editors are told in words what a pattern asks for", async () => {
  const schema = jsonSchemaOf([await loadKind("ConnectionPool")], await loadDescriptions());
  const titles = [...JSON.stringify(schema).matchAll(/"title":"(a duration[^"]*)"/g)].map(([, title]) => title);
  assert.ok(titles.length > 0);
  assert.equal(valueAt(schema, ["title"]), "ConnectionPool");
  assert.deepEqual([...new Set(titles)], ["a duration such as 5m"]);
});
