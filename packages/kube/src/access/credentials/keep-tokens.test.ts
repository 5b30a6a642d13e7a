import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { systemClock } from "../../clock.ts";
import { keepTokens, withTokens } from "./keep-tokens.ts";

const kubeconfig = `# my clusters
users:
- name: other
  user: {auth-provider: {name: oidc, config: {id-token: x, refresh-token: r1}}}
- name: jo # me
  user:
    auth-provider:
      name: oidc
      config:
        client-id: c
        id-token: i1 # from the portal
        refresh-token: r1
`;
const change = { user: "jo", usedRefreshToken: "r1", idToken: "i2", refreshToken: "r2" };
const changed = kubeconfig.replace("i1 #", "i2 #").replace("        refresh-token: r1", "        refresh-token: r2");

async function folderWith(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "access-tokens-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, "config"), kubeconfig, { mode: 0o600 });
  return folder;
}

test("changes the tokens of one user and not a byte besides", () => {
  assert.equal(withTokens(kubeconfig, change), changed);
  const { refreshToken: _, ...same } = change;
  assert.equal(withTokens(kubeconfig, same), kubeconfig.replace("i1 #", "i2 #"));
});

test("leaves the file to whoever has changed the tokens meanwhile", () => {
  for (const text of [changed, "users: []", "users: {}", "", "{", kubeconfig.replaceAll("jo", "jane")])
    assert.equal(withTokens(text, change), undefined, text);
});

test("replaces the file behind a link, keeps its mode, and leaves nothing beside it", async (t) => {
  const folder = await folderWith(t);
  await symlink("config", path.join(folder, "link"));
  assert.equal(await keepTokens(path.join(folder, "link"), change, systemClock), undefined);
  assert.equal(await readFile(path.join(folder, "config"), "utf8"), changed);
  assert.equal((await stat(path.join(folder, "config"))).mode & 0o777, 0o600);
  assert.deepEqual((await readdir(folder)).sort(), ["config", "link"]);
});

test("waits for kubectl's lock, and gives up when it stays", async (t) => {
  const folder = await folderWith(t);
  const file = path.join(folder, "config");
  await writeFile(`${file}.lock`, "");
  let looked = 0;
  const impatient = {
    ...systemClock,
    after: (_ms: number, callback: () => void) => (looked++, queueMicrotask(callback), () => {}),
  };
  assert.match((await keepTokens(file, change, impatient)) ?? "", /config\.lock exists/);
  assert.equal(looked, 40);
  assert.equal(await readFile(file, "utf8"), kubeconfig);
  const unlocked = {
    ...systemClock,
    after(_ms: number, callback: () => void) {
      rmSync(`${file}.lock`, { force: true });
      queueMicrotask(callback);
      return () => {};
    },
  };
  assert.equal(await keepTokens(file, change, unlocked), undefined);
  assert.equal(await readFile(file, "utf8"), changed);
});

test("says why a file cannot be changed", async (t) => {
  const folder = await folderWith(t);
  assert.match(
    (await keepTokens(path.join(folder, "gone"), change, systemClock)) ?? "",
    /gone cannot be changed: it does not exist/,
  );
});
