import assert from "node:assert/strict";
import { it } from "node:test";
import { suggest } from "./suggest.ts";

it("suggests the nearest name, and none when nothing is near", () => {
  assert.equal(suggest("LummoDeploymnet", ["LummoDeployment", "LummoJob"]), "LummoDeployment");
  assert.equal(suggest("part_of", ["app", "part-of"]), "part-of");
  assert.equal(suggest("minReplica", ["minreplica", "maxreplica"]), "minreplica");
  assert.equal(suggest("zebra", ["app", "part-of"]), undefined);
  assert.equal(suggest("x".repeat(100_000), ["app"]), undefined);
});

it("suggests the same name whatever the order of the candidates", () => {
  assert.equal(suggest("bat", ["cat", "hat"]), suggest("bat", ["hat", "cat"]));
});
