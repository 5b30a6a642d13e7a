/** Whether a name is in the IANA time zone database, in the spelling that it has there. */
export function isTimeZone(name: string): boolean {
  // Offsets are no names, and Kubernetes refuses the zone of the machine.
  if (name.length > 64 || !/^[A-Za-z][\w+/-]*$/.test(name) || name.toLowerCase() === "local") return false;
  try {
    const known = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
    return known.toLowerCase() !== name.toLowerCase() || known === name;
  } catch {
    return false;
  }
}
