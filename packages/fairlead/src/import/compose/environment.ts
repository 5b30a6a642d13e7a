import { get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseEnvFile } from "./env-file.ts";
import { labelName } from "./names.ts";
import { coreObject, type Output } from "./output.ts";
import { joinPath, pairs, type Project, type Service } from "./service.ts";
import { boolean } from "./units.ts";
import { escapeReferences } from "./words.ts";

const secretName =
  /(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY|API_?KEY|ACCESS_KEY)(?!_FILE|_PATH)/i;

export interface Environment {
  readonly env: JsonObject[];
  /** ConfigMaps made of env files, in the order in which later ones win. */
  readonly configs: string[];
}

/** `environment` becomes variables of the container, each env file a ConfigMap: in both worlds the former wins. */
export function readEnvironment(service: Service, project: Project, output: Output): Environment {
  const env: JsonObject[] = [];
  const plain: string[] = [];
  const seen = new Map<string, number>();
  for (const [name, written] of pairs(service.value["environment"])) {
    const path: FieldPath = ["environment", name];
    if (name === "" || name.includes("=")) {
      project.report(
        "FL563",
        service,
        ["environment"],
        `service ${service.name}: ${JSON.stringify(name)} cannot be a variable's name`,
      );
      continue;
    }
    const value = written ?? own(project.variables, name);
    if (value === undefined) {
      project.report(
        "FL551",
        service,
        path,
        `service ${service.name}: ${name} is taken from the environment of Compose, where it has no value`,
        "write the value, or take it from a Secret",
      );
      continue;
    }
    if (secretName.test(name) && value !== "") plain.push(name);
    const entry = { name, value: escapeReferences(value) };
    const index = seen.get(name);
    if (index === undefined) seen.set(name, env.push(entry) - 1);
    else env[index] = entry;
  }
  if (plain.length > 0) {
    project.report(
      "FL566",
      service,
      ["environment"],
      `service ${service.name}: ${plain.join(", ")} ${plain.length === 1 ? "is" : "are"} in plain text`,
      "move them into a Secret, and name it in the container's `secrets`",
    );
  }
  return { env, configs: readEnvFiles(service, project, output) };
}

function readEnvFiles(service: Service, project: Project, output: Output): string[] {
  const written = service.value["env_file"];
  const entries: JsonValue[] = Array.isArray(written)
    ? written
    : written === undefined || written === null
      ? []
      : [written];
  const configs: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const path = isObject(entry) ? get(entry, "path") : entry;
    const place: FieldPath = Array.isArray(written) ? ["env_file", index] : ["env_file"];
    if (typeof path !== "string" || path === "") {
      project.report("FL563", service, place, `service ${service.name}: an env file needs a path`);
      continue;
    }
    const file = joinPath(service.folder, path);
    const text = project.read(file);
    if (text === undefined) {
      if (boolean(get(entry, "required")) === false) continue;
      project.report("FL559", service, place, `service ${service.name}: the env file ${path} cannot be read`);
      continue;
    }
    const { variables, inherited, problems } = parseEnvFile(text, project.variables);
    for (const problem of problems)
      project.report("FL563", at(file, problem.line), [], `${file}:${problem.line} ${problem.message}`);
    const data: JsonObject = {};
    for (const name of Object.keys(variables)) data[name] = variables[name]!;
    for (const name of inherited) {
      const value = own(project.variables, name);
      if (value !== undefined) data[name] = value;
    }
    const plain = Object.keys(data).filter((name) => secretName.test(name) && data[name] !== "");
    if (plain.length > 0) {
      project.report(
        "FL566",
        service,
        place,
        `${file}: ${plain.join(", ")} ${plain.length === 1 ? "is" : "are"} in plain text, and so ${plain.length === 1 ? "it is" : "they are"} in the ConfigMap`,
        "move them into a Secret, and name it in the container's `secrets`",
      );
    }
    const base = file.slice(file.lastIndexOf("/") + 1);
    const wanted = base === ".env" ? `${labelName(project.name ?? service.name)}-env` : labelName(base);
    const name = output.nameFor("ConfigMap", file, wanted);
    output.add(coreObject(project, "ConfigMap", name, { data }));
    if (!configs.includes(name)) configs.push(name);
  }
  return configs;
}

function at(file: string, line: number): Pick<Service, "place"> {
  return { place: () => ({ file, line, column: 1 }) };
}

function own(variables: { readonly [name: string]: string }, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}
