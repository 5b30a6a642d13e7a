import { dns1123SubdomainProblem } from "@fairlead/apimachinery";

const pathSyntax = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const path = new RegExp(`^${pathSyntax}$`);

/** What is wrong with a key such as `acme.io/foo`, and with which part of it. */
export function domainPathProblems(key: string): readonly { readonly value: string; readonly why: string }[] {
  const slash = key.indexOf("/");
  if (slash < 1 || slash === key.length - 1) {
    return [{ value: key, why: 'must be a domain-prefixed path (such as "acme.io/foo")' }];
  }
  const [host, rest] = [key.slice(0, slash), key.slice(slash + 1)];
  const objection = dns1123SubdomainProblem(host);
  return [
    ...(objection === undefined ? [] : [{ value: host, why: objection }]),
    ...(path.test(rest) ? [] : [{ value: rest, why: `Invalid path (regex used for validation is '${pathSyntax}')` }]),
  ];
}
