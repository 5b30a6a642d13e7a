import assert from "node:assert/strict";
import { test } from "node:test";
import { fairlead } from "../support/cli.ts";

test("explain knows the kinds of a mesh by all their names", async () => {
  assert.match((await fairlead(["explain"])).stdout, /^GlobalTrafficPolicy +How requests/m);
  for (const name of ["GlobalTrafficPolicy", "globaltrafficpolicies", "gtp"])
    assert.match((await fairlead(["explain", name])).stdout, /^GlobalTrafficPolicy {2}<Object>\n/);
  const { stdout } = await fairlead(["explain", "GlobalTrafficPolicy.spec.policy"]);
  assert.match(stdout, /^GlobalTrafficPolicy\.spec\.policy {2}<\[\]Object>\n[^]*\n {2}lbType {2}/);
  const wrong = await fairlead(["explain", "GlobalTrafficPolicie"]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /FL605[^]*did you mean GlobalTrafficPolicy\?/);
});
