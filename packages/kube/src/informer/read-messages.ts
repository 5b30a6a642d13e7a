import { isKubeError } from "../errors.ts";
import { apiVersionOf, type Resource } from "../resource.ts";
import type { CutItem } from "./cut-list.ts";
import type { MessageCutter } from "./cut-messages.ts";
import type { Protobuf } from "./message-kinds.ts";
import { messageList } from "./message-list.ts";

export interface ReadMessagesOptions {
  readonly protobuf: Protobuf;
  readonly resource: Resource;
  readonly cutter: MessageCutter;
  /** Asks for the list. */
  readonly open: () => Promise<AsyncIterable<Buffer>>;
  /** Called once, before the first objects, with the version of the list. */
  readonly begin: (resourceVersion: string) => void;
  /** Takes what has come; false when nobody wants the rest. */
  readonly take: (items: readonly CutItem[]) => boolean;
}

/**
 * Reads a list in Protobuf as it comes. `unknown` for what is none, ends early, or has fields that this release does not
 * know: it has to be read otherwise then. Rejects with the error of the request.
 */
export async function readMessages(options: ReadMessagesOptions): Promise<"complete" | "unknown" | "unwanted"> {
  const { protobuf, resource, cutter, open, begin, take } = options;
  const list = messageList(protobuf, apiVersionOf(resource), `${resource.kind}List`);
  let begun = false;
  try {
    for await (const chunk of await open()) {
      const items: CutItem[] = [];
      list.push(chunk, (bytes, start, end) => void items.push(cutter.cut(bytes, start, end)));
      const head = list.head();
      if (head === undefined) continue;
      // One that ends with a token is not all.
      if (head.continue !== "" || head.resourceVersion === "") return "unknown";
      if (!begun) begin(head.resourceVersion);
      begun = true;
      if (items.length > 0 && !take(items)) return "unwanted";
    }
  } catch (error) {
    if (error instanceof protobuf.WireProblem || isKubeError(error, "unsupported")) return "unknown";
    throw error;
  }
  return list.isComplete() && begun ? "complete" : "unknown";
}
