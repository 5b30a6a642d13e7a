export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `0.0.0.0:8080`, `[::1]:0`, `:8080`. */
export function addressOf(text: string): Address | undefined {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host === "" ? "0.0.0.0" : host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
