import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asRange, isAddressRange } from "./addresses.ts";
import { hostMatcher, hostProblem } from "./hosts.ts";
import { printRule } from "./rule/print-rule.ts";

describe("hosts", () => {
  for (const host of ["shop.example", "a", "xn--bcher-kva.example", "*.shop.example", "a-1.b.c"]) {
    test(`${host} is one`, () => assert.equal(hostProblem(host), undefined));
  }

  const wrong: readonly [string, RegExp, RegExp][] = [
    ["", /empty/, /DNS name/],
    ["https://shop.example", /scheme/, /write shop\.example/],
    ["shop.example/api", /path/, /write shop\.example, and the path in `routes`/],
    ["shop.example:8080", /port/, /write shop\.example/],
    ["Shop.example", /lower case/, /write shop\.example/],
    ["a.*.example", /\* elsewhere/, /\*\.shop\.example/],
    ["*", /\* elsewhere/, /DNS name/],
    ["bücher.example", /ASCII/, /punycode/],
    ["a_b.example", /not a DNS name/, /DNS name/],
    ["-a.example", /not a DNS name/, /DNS name/],
    [`${"a".repeat(64)}.example`, /not a DNS name/, /DNS name/],
  ];
  for (const [host, problem, hint] of wrong) {
    test(`${JSON.stringify(host.slice(0, 30))} is none: ${problem.source}`, () => {
      const found = hostProblem(host);
      assert.match(found?.problem ?? "", problem);
      assert.match(found?.hint ?? "", hint);
    });
  }

  test("with a star match one name in front", () => {
    const written = printRule(hostMatcher("*.shop.example"));
    assert.equal(written, "HostRegexp(`^[^.]+\\.shop\\.example$`)");
    const expression = new RegExp("^[^.]+\\.shop\\.example$");
    assert.ok(expression.test("a.shop.example"));
    assert.ok(
      !expression.test("a.b.shop.example") && !expression.test("shop.example") && !expression.test("a.shopXexample"),
    );
  });
});

describe("address ranges", () => {
  for (const range of ["10.0.0.0/8", "192.0.2.7", "::1", "2001:db8::/32", "::ffff:192.0.2.1", "0.0.0.0/0", "::/0"]) {
    test(`${range} is one`, () => assert.ok(isAddressRange(range)));
  }
  for (const range of [
    "10.0.0/8",
    "10.0.0.256",
    "10.0.0.0/33",
    "::1/129",
    ":::",
    "1:2:3:4:5:6:7:8:9",
    "vpn",
    "",
    "10.0.0.0/",
    "01.2.3.4",
  ]) {
    test(`${JSON.stringify(range)} is none`, () => assert.ok(!isAddressRange(range)));
  }
  test("of one address get their length", () => {
    assert.equal(asRange("192.0.2.7"), "192.0.2.7/32");
    assert.equal(asRange("2001:db8::1"), "2001:db8::1/128");
    assert.equal(asRange("10.0.0.0/8"), "10.0.0.0/8");
  });
});
