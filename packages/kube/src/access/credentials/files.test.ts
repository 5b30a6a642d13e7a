import assert from "node:assert/strict";
import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { makeCertificate } from "../../../test/make-certificate.ts";
import { isKubeError } from "../../errors.ts";
import { combine } from "./combine.ts";
import { fileSource } from "./files.ts";
import { keyPairSource } from "./pem-files.ts";
import type { CredentialPart } from "./source.ts";
import { tokenFileSource } from "./token-file.ts";

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(os.tmpdir(), "access-files-"));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

const second = 1_000;

test("gives a token file's new content one look later, and the same credential until then", async (t) => {
  const clock = virtualClock();
  const file = path.join(await folder(t), "token");
  await writeFile(file, "first-token\n");
  const credentials = combine([tokenFileSource({ kind: "file", path: file }, clock)]);
  const before = await credentials.current();
  assert.equal(before.headers["authorization"], "Bearer first-token");
  await writeFile(file, "second-token-which-is-longer\n");
  assert.equal(await credentials.current(), before, "files are looked at once a second at most");
  clock.advance(second);
  const after = await credentials.current();
  assert.equal(after.headers["authorization"], "Bearer second-token-which-is-longer");
  assert.equal(after.tls, before.tls, "a new token needs no new connections");
});

test("looks at once when the server refuses the token", async (t) => {
  const clock = virtualClock();
  const file = path.join(await folder(t), "token");
  await writeFile(file, "token-1");
  const credentials = combine([tokenFileSource({ kind: "file", path: file }, clock)]);
  const before = await credentials.current();
  assert.equal(await credentials.rejected(before), before, "there is no other one");
  await writeFile(file, "token-2");
  const [one, two] = await Promise.all([credentials.rejected(before), credentials.rejected(before)]);
  assert.equal(one.headers["authorization"], "Bearer token-2");
  assert.equal(one, two);
  assert.equal(await credentials.rejected(before), one, "who was refused with the old one gets the new one");
});

test("follows the links that a kubelet swaps", async (t) => {
  const clock = virtualClock();
  const root = await folder(t);
  const swap = async (version: string): Promise<void> => {
    await writeFile(path.join(root, version), `token-of-${version}`);
    await symlink(version, path.join(root, "next"));
    await rename(path.join(root, "next"), path.join(root, "token"));
  };
  await swap("v1");
  const source = tokenFileSource({ kind: "file", path: path.join(root, "token") }, clock);
  assert.equal((await source.current()).authorization, "Bearer token-of-v1");
  await swap("v2");
  clock.advance(second);
  assert.equal((await source.current()).authorization, "Bearer token-of-v2");
});

test("keeps the last good value while a file is gone or holds rubbish", async (t) => {
  const clock = virtualClock();
  const file = path.join(await folder(t), "token");
  await writeFile(file, "good");
  const source = tokenFileSource({ kind: "file", path: file }, clock);
  await source.current();
  for (const damage of [() => rm(file), () => writeFile(file, "two words"), () => writeFile(file, "")]) {
    await damage();
    clock.advance(second);
    assert.equal((await source.current()).authorization, "Bearer good");
  }
  await writeFile(file, "better");
  clock.advance(second);
  assert.equal((await source.current()).authorization, "Bearer better");
});

test("says which file it is and why, when there never was a good value", async (t) => {
  const root = await folder(t);
  const clock = virtualClock();
  const gone = tokenFileSource({ kind: "file", path: path.join(root, "gone") }, clock);
  await assert.rejects(gone.current(), (error) => {
    assert.ok(isKubeError(error, "credentials"));
    assert.equal(error.message, `${path.join(root, "gone")} cannot be read: it does not exist`);
    return true;
  });
  await writeFile(path.join(root, "big"), "x".repeat(5 * 1024 * 1024));
  await assert.rejects(tokenFileSource({ kind: "file", path: path.join(root, "big") }, clock).current(), /bytes/);
  const endless = tokenFileSource({ kind: "file", path: "/dev/zero" }, clock);
  if (process.platform === "linux") await assert.rejects(endless.current(), /bytes/);
});

test("takes a certificate and its key over together, and asks for new connections", async (t) => {
  const clock = virtualClock();
  const root = await folder(t);
  const [one, two] = [makeCertificate({ name: "one" }), makeCertificate({ name: "two" })];
  const [certificateFile, keyFile] = [path.join(root, "tls.crt"), path.join(root, "tls.key")];
  await writeFile(certificateFile, one.certificate);
  await writeFile(keyFile, one.key);
  const source = keyPairSource({ kind: "file", path: certificateFile }, { kind: "file", path: keyFile }, clock);
  const credentials = combine([source]);
  const before = await credentials.current();
  assert.equal(before.tls.certificate, one.certificate);
  await writeFile(certificateFile, two.certificate);
  clock.advance(second);
  assert.equal(await credentials.current(), before, "the key is still the old one");
  await writeFile(keyFile, two.key);
  clock.advance(second);
  const after = await credentials.current();
  assert.notEqual(after.tls, before.tls);
  assert.deepEqual([after.tls.certificate, after.tls.key], [two.certificate, two.key]);
});

test("keeps its identity when a file is written anew with the same content", async (t) => {
  const clock = virtualClock();
  const file = path.join(await folder(t), "ca.crt");
  const { certificate } = makeCertificate({ name: "ca" });
  await writeFile(file, certificate);
  const source = fileSource<CredentialPart>([{ kind: "file", path: file }], {
    clock,
    read: (texts) => ({ ca: texts }),
  });
  const credentials = combine([source]);
  const before = await credentials.current();
  await rm(file);
  await writeFile(file, certificate);
  clock.advance(second);
  assert.equal(await credentials.current(), before);
});
