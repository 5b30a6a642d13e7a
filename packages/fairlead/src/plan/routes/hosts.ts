import { matcher, type Condition } from "./rule/condition.ts";

/** Why a text is no host name of a Route, with what to write instead; undefined for a good one. */
export function hostProblem(host: string): { readonly problem: string; readonly hint: string } | undefined {
  const shown = JSON.stringify(host.slice(0, 80));
  const bare = host
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[/?#].*$/s, "")
    .replace(/:\d*$/, "")
    .toLowerCase();
  const instead =
    bare !== host && isHostName(bare) ? `write ${bare}` : "write a DNS name such as shop.example or *.shop.example";
  if (host === "") return { problem: "an empty host", hint: instead };
  if (isHostName(host)) return undefined;
  if (/^[a-z]+:\/\//i.test(host)) return { problem: `the host ${shown} has a scheme`, hint: instead };
  if (host.includes("/"))
    return { problem: `the host ${shown} has a path`, hint: `${instead}, and the path in \`routes\`` };
  if (/:\d*$/.test(host)) return { problem: `the host ${shown} has a port`, hint: instead };
  if (isHostName(host.toLowerCase())) return { problem: `the host ${shown} is not in lower case`, hint: instead };
  if (host.includes("*"))
    return { problem: `the host ${shown} has * elsewhere than in front as \`*.\``, hint: instead };
  if (/[^ -~]/.test(host)) return { problem: `the host ${shown} is not ASCII`, hint: "write it in punycode (xn--…)" };
  return { problem: `the host ${shown} is not a DNS name`, hint: instead };
}

function isHostName(host: string): boolean {
  const name = host.startsWith("*.") ? host.slice(2) : host;
  return name.length <= 253 && name.split(".").every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label));
}

/** Traefik's matcher of a host: `*.shop.example` stands for one name in front, which takes a regular expression. */
export function hostMatcher(host: string): Condition {
  if (!host.startsWith("*.")) return matcher("Host", host);
  return matcher("HostRegexp", `^[^.]+\\.${host.slice(2).replaceAll(".", "\\.")}$`);
}
