/** The orders service: keeps nothing, counts what it was asked. */
import { createServer } from "node:http";

const port = 8000;
let asked = 0;

const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.url === "/healthz") return response.end("{}\n");
  asked++;
  return response.end(`${JSON.stringify({ pod: process.env["HOSTNAME"], currency: process.env["CURRENCY"], asked })}\n`);
});

server.listen(port, () => console.log(`orders listens on ${port}`));
process.on("SIGTERM", () => server.close());
