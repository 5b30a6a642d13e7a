/** Many watches of one ConfigMap on ten connections: tells when all are open, and when all have seen all or were ended. */
import { connect } from "node:http2";

interface Task {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly count: number;
  /** Changes that each is to see. */
  readonly events: number;
}

process.on("message", ({ url, ca, token, count, events }: Task) => {
  const sessions = Array.from({ length: 10 }, () => connect(url, { ca }));
  const path = "/api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name%3Dwatched";
  let open = 0;
  let full = 0;
  let ended = 0;
  const seen: number[] = Array.from({ length: count }, () => 0);
  /** Of one watcher in a hundred, between a write and its event, in milliseconds. */
  const lags: number[] = [];
  let isOver = false;
  const finish = (): void => {
    if (isOver) return;
    isOver = true;
    const missing = seen.reduce((sum, one) => sum + Math.max(0, events - one), 0);
    process.send!({ missing, lags, ended });
    for (const session of sessions) session.destroy();
  };
  for (let i = 0; i < count; i++) {
    const stream = sessions[i % sessions.length]!.request({ ":path": path, authorization: `Bearer ${token}` });
    let began = false;
    stream.on("data", (chunk: Buffer) => {
      if (i % 100 === 99) {
        const now = performance.timeOrigin + performance.now();
        for (const [, at] of chunk.toString().matchAll(/"at":"([\d.]+)"/g)) lags.push(now - Number(at));
      }
      let lines = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
      // The first frame is the object as it is.
      if (!began) {
        began = true;
        lines--;
        if (++open === count) process.send!("open");
      }
      seen[i] = seen[i]! + lines;
      if (seen[i] === events && ++full + ended === count) finish();
    });
    stream.on("end", () => {
      // Sent away before it had seen everything.
      if (seen[i]! < events && !isOver && ++ended + full === count) finish();
    });
    stream.on("error", () => undefined);
  }
});
