/** Questions about the mesh of a folder: where requests go, and what a loss changes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { basic, host, inFleet, service, workload } from "../support/fleet-folder.ts";

describe("explain route", () => {
  const url = `http://${host}/cart`;

  test("says hops, shares, what says so, and what a loss changes", async () => {
    await inFleet(basic, async ({ run }) => {
      const { code, stdout } = await run(
        "explain",
        "route",
        "-f",
        "fleet",
        "--from",
        "cart",
        "--cluster",
        "tokyo",
        url,
      );
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^http:\/\/prd\.orders\.global\/cart from cart in tokyo \(ap-east\)\n {2}100 % {2}tokyo → orders\.shop\.svc\.cluster\.local:80\n/,
      );
      assert.match(stdout, /tokyo: ServiceEntry fairlead-mesh\/prd\.orders\.global-se\n/);
      assert.match(
        stdout,
        /If region ap-east is lost:\n {2}100 % {2}tokyo → paris\.example\.com\.:15443 → paris → orders\.shop/,
      );
      const other = await run("explain", "route", "-f", "fleet", "--from", "web/cart", "-o", "json", url);
      const { routes, request } = JSON.parse(other.stdout) as {
        routes: { caller: { cluster: string }; scenarios: { what: string; paths: { share: number }[] }[] }[];
        request: { port: number };
      };
      assert.equal(request.port, 80);
      assert.deepEqual(
        routes.map(({ caller }) => caller.cluster),
        ["tokyo"],
      );
      assert.equal(routes[0]!.scenarios[0]!.paths[0]!.share, 1);
    });
  });

  const wrong: { readonly [says: string]: readonly [code: number, args: readonly string[]] } = {
    'nothing with the identity "nobody" runs\n': [1, ["--from", "nobody", url]],
    'nothing with the identity "cart" runs in cluster paris\n': [1, ["--from", "cart", "--cluster", "paris", url]],
    '"ftp://x" is no URL\n': [2, ["--from", "cart", "ftp://x"]],
    "the URL is missing\n": [2, ["--from", "cart"]],
    "--from is missing\n": [2, [url]],
  };
  for (const [says, [code, args]] of Object.entries(wrong))
    test(`refuses: ${says.trim()}`, async () => {
      await inFleet(basic, async ({ run }) => {
        const result = await run("explain", "route", "-f", "fleet", ...args);
        assert.deepEqual([result.code, result.stdout], [code, ""]);
        assert.ok(result.stderr.startsWith(`error FL836: ${says}`), result.stderr);
      });
    });

  test("to a name that nobody has ends nowhere, with exit code 1", async () => {
    await inFleet(basic, async ({ run }) => {
      const { code, stdout } = await run("explain", "route", "-f", "fleet", "--from", "cart", "http://nobody.global");
      assert.equal(code, 1);
      assert.match(stdout, /✗ tokyo knows no nobody\.global:80/);
    });
  });
});

describe("simulate", () => {
  const lonely = {
    ...basic,
    "paris/cart.yaml": workload("cart", "web"),
    "tokyo/pay.yaml": workload("pay", "shop") + service("pay", "shop"),
  };

  test("--lose-region shows who serves whom then, and fails when somebody is left without", async () => {
    await inFleet(lonely, async ({ run }) => {
      const { code, stdout, stderr } = await run("simulate", "--lose-region", "ap-east", "-f", "fleet");
      assert.equal(code, 1);
      assert.match(stdout, /^prd\.pay\.global +paris +tokyo 100 % +✗ 100 %\n1 more stay as they are\n/m);
      assert.match(stderr, /warning FL837: prd\.pay\.global: 100 % of the requests from paris end nowhere/);
    });
  });

  test("--lose-cluster of what others serve as well succeeds", async () => {
    await inFleet(lonely, async ({ run }) => {
      const { code, stdout } = await run("simulate", "--lose-cluster", "paris", "-f", "fleet", "-o", "json");
      assert.equal(code, 0);
      const { shifts } = JSON.parse(stdout) as { shifts: { host: string; from: string; lost: number }[] };
      assert.ok(shifts.length > 0 && shifts.every(({ from, lost }) => from === "tokyo" && lost === 0));
    });
  });

  for (const [flag, what, known] of [
    ["--lose-region", "region", "eu-west, ap-east"],
    ["--lose-cluster", "cluster", "paris, tokyo"],
  ] as const)
    test(`${flag} of what is not there is refused: it would look like no loss`, async () => {
      await inFleet(basic, async ({ run }) => {
        const { code, stdout, stderr } = await run("simulate", flag, "mars", "-f", "fleet");
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, new RegExp(`FL854: there is no ${what} mars\\n +hint: there are: ${known}`));
      });
    });
});
