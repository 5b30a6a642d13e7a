/** A document about the server itself: discovery, OpenAPI, version. Header names are lower case. */
export interface DocumentAnswer {
  /** 200, or 304 with an empty body when the client has it. */
  readonly status: 200 | 304 | 404 | 406;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What such a document depends on besides its path. */
export interface DocumentRequest {
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** `Accept`; empty when there is none. */
  readonly accept: string;
  /** `If-None-Match`; empty when there is none. */
  readonly ifNoneMatch: string;
}

const none = new Uint8Array();

export function jsonAnswer(body: Uint8Array): DocumentAnswer {
  return { status: 200, headers: { "content-type": "application/json", "cache-control": "no-cache, private" }, body };
}

/** With an ETag: 304 when the client names it. `etag` without its quotes. */
export function taggedAnswer(
  { ifNoneMatch }: DocumentRequest,
  etag: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): DocumentAnswer {
  const tagged = { etag: `"${etag}"`, vary: "Accept", "cache-control": "no-cache, private", ...headers };
  // The type stays: clients put the headers of this answer over those that they keep, kubectl reads the type of these.
  return ifNoneMatch === tagged.etag
    ? { status: 304, headers: tagged, body: none }
    : { status: 200, headers: tagged, body };
}

export function emptyAnswer(status: 404 | 406): DocumentAnswer {
  return { status, headers: { "cache-control": "no-cache, private" }, body: none };
}
