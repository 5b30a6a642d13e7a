/** What Kubernetes says of a name that it refuses, or undefined: several objections are joined by `; `. */
export type NameCheck = (name: string) => string | undefined;

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const dns1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const value = `(${qualified})?`;
const configKey = "[-._a-zA-Z0-9]+";
const variable = "[-._a-zA-Z][-._a-zA-Z0-9]*";
const wildcard = `\\*\\.${subdomain}`;

const patterns = new Map<string, RegExp>();

function matches(text: string, pattern: string): boolean {
  let expression = patterns.get(pattern);
  if (expression === undefined) patterns.set(pattern, (expression = new RegExp(`^(?:${pattern})$`)));
  return expression.test(text);
}

/** Kubernetes' sentence about a pattern: `… (e.g. 'a',  or 'b', regex used for validation is '…')`. */
function syntax(sentence: string, pattern: string, ...examples: readonly string[]): string {
  return `${sentence} (e.g. ${examples.map((one) => `'${one}'`).join(",  or ")}, regex used for validation is '${pattern}')`;
}

function tooLong(text: string, most: number, unit: "bytes" | "characters"): string | undefined {
  return Buffer.byteLength(text) > most ? `must be no more than ${most} ${unit}` : undefined;
}

function join(...objections: readonly (string | undefined)[]): string | undefined {
  const found = objections.filter((one) => one !== undefined);
  return found.length === 0 ? undefined : found.join("; ");
}

const subdomainMessage = syntax(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomain,
  "example.com",
);

/** The names of Namespaces, containers, volumes. */
export const dns1123LabelProblem: NameCheck = (name) => {
  const long = tooLong(name, 63, "characters");
  if (matches(name, label)) return long;
  if (matches(name, subdomain)) return join(long, "must not contain dots");
  return join(
    long,
    syntax(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      label,
      "my-name",
      "123-abc",
    ),
  );
};

/** The names of most objects, and host names. */
export const dns1123SubdomainProblem: NameCheck = (name) =>
  join(tooLong(name, 253, "characters"), matches(name, subdomain) ? undefined : subdomainMessage);

/** The names of Services. */
export const dns1035LabelProblem: NameCheck = (name) =>
  join(
    tooLong(name, 63, "characters"),
    matches(name, dns1035)
      ? undefined
      : syntax(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          dns1035,
          "my-name",
          "abc-123",
        ),
  );

/** A host of an Ingress that starts with `*.`. */
export const wildcardSubdomainProblem: NameCheck = (name) =>
  join(
    tooLong(name, 253, "characters"),
    matches(name, wildcard)
      ? undefined
      : syntax(
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
          wildcard,
          "*.example.com",
        ),
  );

const keySentence =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** The keys of labels, annotations, node selectors. */
export const labelKeyProblem: NameCheck = (key) => {
  const parts = key.split("/");
  if (parts.length > 2) {
    const sentence = syntax(`a valid label key ${keySentence}`, qualified, "MyName", "my.name", "123-abc");
    return `${sentence} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  }
  const name = parts.at(-1)!;
  return join(
    parts.length === 2 ? prefixProblem(parts[0]!) : undefined,
    name === "" ? "name part must be non-empty" : undefined,
    Buffer.byteLength(name) > 63 ? "name part must be no more than 63 bytes" : undefined,
    matches(name, qualified)
      ? undefined
      : `name part ${syntax(keySentence, qualified, "MyName", "my.name", "123-abc")}`,
  );
};

function prefixProblem(prefix: string): string | undefined {
  if (prefix === "") return "prefix part must be non-empty";
  return join(
    Buffer.byteLength(prefix) > 253 ? "prefix part must be no more than 253 bytes" : undefined,
    matches(prefix, subdomain) ? undefined : `prefix part ${subdomainMessage}`,
  );
}

export const labelValueProblem: NameCheck = (text) =>
  join(
    tooLong(text, 63, "bytes"),
    matches(text, value)
      ? undefined
      : syntax(
          `a valid label must be an empty string or ${keySentence.slice(5)}`,
          value,
          "MyValue",
          "my_value",
          "12345",
        ),
  );

/** The names of container and Service ports. */
export const portNameProblem: NameCheck = (name) =>
  join(
    tooLong(name, 15, "characters"),
    /^[-a-z0-9]+$/.test(name) ? undefined : "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    /[a-z]/.test(name) ? undefined : "must contain at least one letter (a-z)",
    name.includes("--") ? "must not contain consecutive hyphens" : undefined,
    /^-|-$/.test(name) ? "must not begin or end with a hyphen" : undefined,
  );

function dotsProblem(name: string): string | undefined {
  if (name === "." || name === "..") return `must not be '${name}'`;
  return name.startsWith("..") ? "must not start with '..'" : undefined;
}

/** What every version of Kubernetes takes as the name of an environment variable. */
export const envVarNameProblem: NameCheck = (name) =>
  join(
    matches(name, variable)
      ? undefined
      : syntax(
          "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
          variable,
          "my.env-name",
          "MY_ENV.NAME",
          "MyEnvName1",
        ),
    dotsProblem(name),
  );

/** What Kubernetes 1.34 and newer takes. */
export const relaxedEnvVarNameProblem: NameCheck = (name) => {
  if (name === "") return "environment variable name must be non-empty";
  if (/^[ -<>-~]+$/.test(name)) return undefined;
  return "a valid environment variable name must consist only of printable ASCII characters other than '='";
};

/** The keys of ConfigMaps and Secrets. */
export const configMapKeyProblem: NameCheck = (key) =>
  join(
    tooLong(key, 253, "characters"),
    matches(key, configKey)
      ? undefined
      : syntax(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
          configKey,
          "key.name",
          "KEY_NAME",
          "key-name",
        ),
    dotsProblem(key),
  );
