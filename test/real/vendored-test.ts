import { test, type TestContext } from "node:test";
import type { PlaneAccess } from "../../scripts/real/access.ts";
import { isVendored } from "./manifests.ts";

type Body = (t: TestContext) => Promise<void> | void;

/** `test` for what can only be equal where the server is of the release whose data is vendored. */
export function vendoredTest(plane: PlaneAccess): (name: string, body: Body) => void {
  return (name, body) => {
    void test(name, { timeout: 120_000 }, (t) => {
      if (isVendored(plane)) return body(t);
      t.diagnostic(`not checked: another release than ${plane.kubernetes} is vendored`);
    });
  };
}
