import { dns1123LabelProblem, labelValueProblem, portNameProblem } from "@fairlead/apimachinery";

/** A DNS label (RFC 1123), as names of containers and of most objects are. */
export function isDnsLabel(name: string): boolean {
  return dns1123LabelProblem(name) === undefined;
}

/** A container port's name (RFC 6335): at most 15 characters, one of them a letter. */
export function isPortName(name: string): boolean {
  return portNameProblem(name) === undefined;
}

export function isLabelValue(value: string): boolean {
  return labelValueProblem(value) === undefined;
}

export function isPort(port: unknown): port is number {
  return typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65535;
}
