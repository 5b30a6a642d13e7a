import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { isKubeError, type Client, type ListOptions, type Resource } from "@fairlead/kube";
import { boundedReads } from "./bounded-reads.ts";

const services: Resource = { group: "", version: "v1", kind: "Service", plural: "services", namespaced: true };
const pods: Resource = { ...services, kind: "Pod", plural: "pods" };

/** A server that answers every page with so many bytes. */
function reads(bytes: number) {
  const client = {
    access: { name: "eu" },
    list: async () => ({ resourceVersion: "1", items: [] }),
    listBytes: async () => Buffer.alloc(bytes),
    async listMessages() {
      return Readable.from([Buffer.alloc(bytes), Buffer.alloc(bytes)]);
    },
  } as unknown as Client;
  return boundedReads(client, { listBytes: 10_000, listPages: 5 });
}

/** Asks that server for pages. */
function pages(bytes: number) {
  const bounded = reads(bytes);
  const page = (resource: Resource, token?: string): Promise<Buffer> => {
    const options: ListOptions = token === undefined ? {} : { continue: token };
    return bounded.listBytes!(resource, options);
  };
  return page;
}

test("a list in one answer fails as soon as more than the limit has come", async () => {
  const readAll = async (bytes: number): Promise<number> => {
    let read = 0;
    for await (const chunk of await reads(bytes).listMessages!(services)) read += chunk.length;
    return read;
  };
  assert.equal(await readAll(5_000), 10_000);
  await assert.rejects(readAll(5_001), isTooLarge);
});

const isTooLarge = (error: unknown): boolean => isKubeError(error, "too-large");

test("a list that is larger than the limit fails, whatever the size of its pages", async () => {
  const page = pages(4_000);
  await page(services);
  await page(services, "a");
  await assert.rejects(page(services, "b"), isTooLarge);
});

test("a list that does not end fails", async () => {
  const page = pages(1);
  await page(services);
  for (let index = 0; index < 4; index++) await page(services, String(index));
  await assert.rejects(page(services, "more"), isTooLarge);
});

test("lists of other kinds, and lists that are begun again, are counted by themselves", async () => {
  const page = pages(4_000);
  for (let index = 0; index < 10; index++) {
    await page(services);
    await page(pods);
    await page(services, "a");
  }
});
