/** The shop's front: asks the orders service by its name, and says which cluster and pod answered. */
import { createServer } from "node:http";

const port = 3000;
const orders = process.env["ORDERS_URL"] ?? "http://orders-api:8000";

const server = createServer((request, response) => {
  void answer(request.url ?? "/").then(
    ({ status, body }) => response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`),
    (error: unknown) => response.writeHead(502).end(`${String(error)}\n`),
  );
});

async function answer(url: string): Promise<{ status: number; body: unknown }> {
  if (url === "/ready") return { status: 200, body: { ready: true } };
  const found = await fetch(`${orders}/v1/orders`);
  return { status: 200, body: { shop: "open", pod: process.env["HOSTNAME"], orders: await found.json() } };
}

server.listen(port, () => console.log(`storefront listens on ${port}`));
process.on("SIGTERM", () => server.close());
