/** The injector in a process of its own: it reads its ConfigMaps from the API server, as istiod does. */
import { accessOf, createClient } from "@fairlead/kube";
import { startInjector, type Injector } from "@fairlead/sim";
import { configMapSource } from "../../test/real/config-map-source.ts";
import { answerParent, type ProcessFigures } from "../lib/answer-parent.ts";
import type { ServerAccess } from "../lib/child.ts";

export interface InjectorFigures extends ProcessFigures {
  /** PEM. */
  readonly authority: string;
  readonly url: string;
  readonly calls: number;
  /** Of the configuration that it serves. */
  readonly tag: string;
  /** Since when, in milliseconds since the epoch. */
  readonly servedAt: number;
}

process.once("message", ({ url, certificate, token, tags }: ServerAccess & { readonly tags: readonly string[] }) => {
  const client = createClient(accessOf({ name: "east", server: url, ca: certificate, token }));
  const source = configMapSource(client);
  let servedAt = 0;
  const started = begin();
  async function begin(): Promise<Injector> {
    const injector = await startInjector({ source, revisions: [{ revision: "" }] });
    for (const tag of tags) void told(injector, tag);
    return injector;
  }
  async function told(injector: Injector, tag: string): Promise<void> {
    await injector.serves("", tag);
    servedAt = Date.now();
  }
  answerParent<InjectorFigures>(
    async () => {
      const injector = await started;
      const { authority, calls } = injector;
      return { authority, url: injector.url(), calls: calls.count(), tag: injector.tag() ?? "", servedAt };
    },
    async () => {
      await (await started).stop();
      await client.close();
    },
  );
});
