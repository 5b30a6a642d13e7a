import type { IncomingHttpHeaders } from "node:http";
import type { ApiRequest } from "../api/request.ts";
import type { User } from "../api/user.ts";

/** A request whose costly parts are made when somebody asks for them: most requests are done before that. */
export class IncomingRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly user: User;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #controller: AbortController | undefined;
  #isAborted = false;

  constructor(method: string, target: string, headers: IncomingHttpHeaders, body: Uint8Array, user: User) {
    const mark = target.indexOf("?");
    this.method = method;
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.#search = mark < 0 ? "" : target.slice(mark + 1);
    this.headers = headers;
    this.body = body;
    this.user = user;
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** The client has gone. */
  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}
