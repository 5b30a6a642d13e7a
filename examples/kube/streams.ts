import { createClient, defaultAccess, execIn, followLogs, portForward } from "@fairlead/kube";

const client = createClient((await defaultAccess()).access!);
const pod = { namespace: client.access.namespace, name: process.argv[2] ?? "web" };

const session = await execIn(client, pod, { command: ["echo", "hello"] });
session.stdout!.pipe(process.stdout);
session.stderr!.resume(); // what is asked for is read: there is one flow for all
console.log((await session.ended).exitCode);

for await (const { time, text } of followLogs(client, pod, { tailLines: 10 })) {
  console.log(time, text); // goes on over cut connections, rotated files and restarts, each line once
  break;
}

const forward = await portForward(client, pod, { ports: [{ remote: 8080 }] });
console.log(`http://127.0.0.1:${forward.local[0]}`);
await forward.close();
await client.close();
