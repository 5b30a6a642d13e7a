import type { KrmObject } from "@fairlead/krm";
import { KubeError, type Client, type ListOptions, type Resource } from "@fairlead/kube";
import type { ClusterLimits } from "./limits.ts";

/** The client itself, but a list that does not end, or is larger than the limits, fails with `too-large`. */
export function boundedReads(client: Client, limits: Pick<ClusterLimits, "listBytes" | "listPages">): Client {
  /** By what is listed: its pages so far. */
  const lists = new Map<string, { pages: number; bytes: number }>();

  function counted(resource: Resource, options: ListOptions, bytes: number): void {
    const { namespace = "", labelSelector = "", fieldSelector = "" } = options;
    const id = [resource.group, resource.plural, namespace, labelSelector, fieldSelector].join("/");
    const list = options.continue === undefined ? { pages: 0, bytes: 0 } : (lists.get(id) ?? { pages: 0, bytes: 0 });
    lists.set(id, list);
    list.pages++;
    list.bytes += bytes;
    if (list.pages <= limits.listPages && list.bytes <= limits.listBytes) return;
    lists.delete(id);
    const what = `more than ${limits.listPages} pages or ${limits.listBytes >> 20} MiB of ${resource.plural}`;
    throw new KubeError("too-large", `the cluster holds ${what}`, { cluster: client.access.name });
  }

  /** A list in one answer is one page, and as many bytes as have come. */
  async function* chunks(list: AsyncIterable<Buffer>, resource: Resource, options: ListOptions): AsyncIterable<Buffer> {
    let bytes = 0;
    for await (const chunk of list) {
      bytes += chunk.length;
      counted(resource, options, bytes);
      yield chunk;
    }
  }

  const { listBytes, listMessages } = client;
  return Object.assign(Object.create(client) as Client, {
    async list<T extends KrmObject>(resource: Resource, options: ListOptions = {}) {
      const page = await client.list<T>(resource, options);
      counted(resource, options, 0);
      return page;
    },
    ...(listBytes !== undefined && {
      async listBytes(resource: Resource, options: ListOptions = {}) {
        const bytes = await listBytes.call(client, resource, options);
        counted(resource, options, bytes.length);
        return bytes;
      },
    }),
    ...(listMessages !== undefined && {
      async listMessages(resource: Resource, options: ListOptions = {}) {
        return chunks(await listMessages.call(client, resource, options), resource, options);
      },
    }),
  });
}
