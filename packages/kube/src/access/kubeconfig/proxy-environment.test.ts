import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyFromEnvironment } from "./proxy-environment.ts";

test("follows Go's rules for HTTPS_PROXY, HTTP_PROXY and NO_PROXY", () => {
  const proxied = { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "q" };
  const cases: readonly (readonly [server: string, env: { [name: string]: string }, proxy: string | undefined])[] = [
    ["https://a", {}, undefined],
    ["https://a", proxied, "http://p:1/"],
    ["http://a", proxied, "http://q/"],
    ["http://a", { ...proxied, REQUEST_METHOD: "GET" }, undefined],
    ["https://a", { https_proxy: "socks5://p:1" }, "socks5://p:1"],
    ["https://a", { HTTPS_PROXY: "socks5h://p:1" }, "socks5://p:1"],
    ["https://a", { HTTPS_PROXY: "http://[" }, undefined],
    ["https://localhost:6443", proxied, undefined],
    ["https://127.0.0.2:6443", proxied, undefined],
    ["https://[::1]:6443", proxied, undefined],
    ["https://a.example.com", { ...proxied, NO_PROXY: "x, example.com" }, undefined],
    ["https://example.com", { ...proxied, NO_PROXY: "example.com" }, undefined],
    ["https://example.com", { ...proxied, NO_PROXY: ".example.com" }, "http://p:1/"],
    ["https://a.example.com", { ...proxied, NO_PROXY: "*.example.com" }, undefined],
    ["https://anexample.com", { ...proxied, NO_PROXY: "example.com" }, "http://p:1/"],
    ["https://a:6443", { ...proxied, NO_PROXY: "a:6443" }, undefined],
    ["https://a", { ...proxied, NO_PROXY: "a:443" }, undefined],
    ["https://a:6443", { ...proxied, NO_PROXY: "a:443" }, "http://p:1/"],
    ["https://10.1.2.3", { ...proxied, NO_PROXY: "10.0.0.0/8" }, undefined],
    ["https://11.1.2.3", { ...proxied, NO_PROXY: "10.0.0.0/8" }, "http://p:1/"],
    ["https://10.1.2.3", { ...proxied, NO_PROXY: "10.0.0.0/99,x/y" }, "http://p:1/"],
    ["https://[fd00::5]:6443", { ...proxied, NO_PROXY: "fd00::/16" }, undefined],
    ["https://[fd00::5]:6443", { ...proxied, NO_PROXY: "fd00::5" }, undefined],
    ["https://[fd00::5]:6443", { ...proxied, NO_PROXY: "[fd00::5]:6443" }, undefined],
    ["https://10.0.0.1", { ...proxied, NO_PROXY: "10.0.0.1" }, undefined],
    ["https://a", { ...proxied, NO_PROXY: "*" }, undefined],
  ];
  for (const [server, env, proxy] of cases)
    assert.equal(proxyFromEnvironment(new URL(server), env)?.href, proxy, `${server} ${JSON.stringify(env)}`);
});
