import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** The address and port that stand for what a program of a namespace calls `host:port`. */
export type Resolve = (
  host: string,
  port: number,
  namespace: string,
) => { readonly host: string; readonly port: number };

/**
 * An HTTP proxy, for programs that find Services through `HTTP_PROXY`. The user of the proxy's URL is the namespace in
 * which names are looked up; it is nobody's right to anything.
 */
export function httpProxy(resolve: Resolve): Server {
  const server = createServer((request, response) => forward(request, response, resolve));
  server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const match = /^\[?([^\]]+?)\]?:(\d+)$/.exec(request.url ?? "");
    if (match === null) return void client.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    const pod: Socket = connect(resolve(match[1]!, Number(match[2]), namespaceOf(request)));
    let isJoined = false;
    pod.once("connect", () => {
      isJoined = true;
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      if (head.length > 0) pod.write(head);
      client.pipe(pod).pipe(client);
    });
    pod.on("error", () => {
      if (isJoined) client.destroy();
      else client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    client.on("error", () => pod.destroy()).once("close", () => pod.destroy());
  });
  return server;
}

function forward(request: IncomingMessage, response: ServerResponse, resolve: Resolve): void {
  const url = URL.parse(request.url ?? "");
  if (url === null || url.protocol !== "http:") {
    response.writeHead(400, { "content-type": "text/plain" }).end("this is a proxy: the request has to name a URL\n");
    return;
  }
  const { "proxy-authorization": _user, "proxy-connection": _hop, ...headers } = request.headers;
  const target = resolve(url.hostname, Number(url.port || 80), namespaceOf(request));
  const onward = send(
    { ...target, method: request.method, path: url.pathname + url.search, headers, agent: false },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on("error", (error) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { "content-type": "text/plain" }).end(`${url.host}: ${error.message}\n`);
  });
  response.once("close", () => onward.destroy());
  request.pipe(onward);
}

function namespaceOf({ headers }: IncomingMessage): string {
  const match = /^Basic (.+)$/i.exec(headers["proxy-authorization"] ?? "");
  const [user = ""] = Buffer.from(match?.[1] ?? "", "base64")
    .toString("utf8")
    .split(":");
  return user === "" ? "default" : user;
}
