import { connect, constants } from "node:http2";
import type { ProbeAnswer } from "./run-probe.ts";

const statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** `grpc.health.v1.Health/Check` over HTTP/2 without TLS: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export function grpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const session = connect(`http://${host}:${port}`);
    const end = (success: boolean, output: string): void => {
      clearTimeout(timer);
      session.destroy();
      resolve({ success, output });
    };
    const late = `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s`;
    const timer = setTimeout(() => end(false, late), timeoutMs);
    session.on("error", (error) => end(false, `error: health rpc probe failed: ${error.message}`));
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: "/grpc.health.v1.Health/Check",
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      [constants.HTTP2_HEADER_TE]: "trailers",
    });
    const chunks: Buffer[] = [];
    let grpcStatus = "";
    const note = (headers: Record<string, unknown>): void => {
      const status = headers["grpc-status"];
      if (typeof status === "string") grpcStatus = status;
    };
    stream.on("response", note).on("trailers", note);
    stream.on("data", (chunk: Buffer) => void (size(chunks) < 4096 && chunks.push(chunk)));
    stream.on("error", (error) => end(false, `error: health rpc probe failed: ${error.message}`));
    stream.once("end", () => {
      if (grpcStatus !== "0" && grpcStatus !== "") {
        const unimplemented =
          grpcStatus === "12"
            ? "this server does not implement the grpc health protocol (grpc.health.v1.Health)"
            : `health rpc failed with code ${grpcStatus}`;
        return end(false, `error: ${unimplemented}`);
      }
      const status = statusIn(Buffer.concat(chunks));
      end(
        status === 1,
        status === 1 ? "service healthy" : `service unhealthy (responded with "${statuses[status] ?? status}")`,
      );
    });
    stream.end(message(service));
  });
}

function size(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, one) => sum + one.length, 0);
}

/** A frame with a HealthCheckRequest: `service` is its first field. */
function message(service: string): Buffer {
  const name = Buffer.from(service).subarray(0, 127);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Of a frame with a HealthCheckResponse: `status` is its first field, a small number; 0 unless told. */
function statusIn(frame: Buffer): number {
  return frame.length >= 7 && frame[5] === 0x08 ? frame[6]! : 0;
}
