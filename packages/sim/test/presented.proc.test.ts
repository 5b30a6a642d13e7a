import assert from "node:assert/strict";
import { test } from "node:test";
import { X509Certificate } from "node:crypto";
import type { ApiRequest } from "../src/api/request.ts";
import type { Presented } from "../src/authn/authenticator.ts";
import { get, http2, serve, text } from "./serve-harness.ts";

test("keeps several groups of impersonation apart over both versions of HTTP", async (t) => {
  const harness = await serve(t, {
    handle: ({ headers }: ApiRequest) =>
      Promise.resolve(
        text(JSON.stringify([headers["impersonate-user"], headers["impersonate-group"], headers["x-y"]])),
      ),
  });
  const headers = { "impersonate-user": "jane", "impersonate-group": ["a", "b, c"], "x-y": ["1", "2"] };
  const expected = [["jane"], ["a", "b, c"], "1, 2"];
  const second = await http2(harness.session(), get("/", headers));
  const first = await harness.http1({ headers });
  assert.deepEqual(JSON.parse(second.body.toString()), expected);
  assert.deepEqual(JSON.parse(first.body.toString()), expected);
});

test("shows who authenticates the fingerprint of the certificate and the path", async (t) => {
  const shown: Presented[] = [];
  const harness = await serve(t, {
    handle: () => Promise.resolve(text("")),
    authenticator: {
      authenticate: (presented) => {
        shown.push(presented);
        return Promise.resolve({ kind: "none" });
      },
    },
  });
  const ann = harness.certificates.issueClient({ commonName: "ann", organizations: ["a"] });
  await http2(harness.session({ cert: ann.certificate, key: ann.key }), get("/a?b=c"));
  await harness.http1({ path: "/d" });
  const sha256 = new X509Certificate(ann.certificate).fingerprint256.replaceAll(":", "").toLowerCase();
  assert.deepEqual(shown[0]?.certificate, { commonName: "ann", organizations: ["a"], sha256 });
  assert.deepEqual(
    shown.map(({ path }) => path),
    ["/a", "/d"],
  );
});
