import { get, isObject, type JsonValue, parseSelector, textOf } from "@fairlead/apimachinery";

/**
 * What `status.evaluationError` says of the selectors in `resourceAttributes` that cannot be read. RBAC looks at no
 * selector, so nothing else comes of them.
 */
export function selectorErrors(resourceAttributes: JsonValue | undefined): readonly string[] {
  return [
    ...said("fieldSelector", get(resourceAttributes, "fieldSelector"), readsAsFieldSelector, isFieldRequirement),
    ...said(
      "labelSelector",
      get(resourceAttributes, "labelSelector"),
      (text) => parseSelector(text).kind === "selector",
      isLabelRequirement,
    ),
  ];
}

function said(
  name: string,
  selector: JsonValue | undefined,
  readable: (raw: string) => boolean,
  known: (requirement: JsonValue) => boolean,
): readonly string[] {
  if (!isObject(selector)) return [];
  const listed = get(selector, "requirements");
  const requirements = Array.isArray(listed) ? listed : [];
  const raw = textOf(get(selector, "rawSelector"));
  const error = (partially: boolean): readonly string[] => [
    `spec.resourceAttributes.${name} ${partially ? "partially " : ""}ignored due to parse error`,
  ];
  if (requirements.length === 0) return raw === "" || readable(raw) ? [] : error(false);
  const usable = requirements.filter(known).length;
  return usable === requirements.length ? [] : error(usable > 0);
}

const isLabelRequirement = (requirement: JsonValue): boolean =>
  ["In", "NotIn", "Exists", "DoesNotExist"].includes(textOf(get(requirement, "operator")));

function isFieldRequirement(requirement: JsonValue): boolean {
  const values = get(requirement, "values");
  const single = Array.isArray(values) && values.length === 1;
  return single && ["In", "NotIn"].includes(textOf(get(requirement, "operator")));
}

/** `a=b,c!=d`, where a comma, an equals sign and a backslash of a value are escaped by a backslash. */
function readsAsFieldSelector(text: string): boolean {
  const terms = text.match(/(?:[^\\,]|\\[^]?)+/g) ?? [];
  return terms.every((term) => {
    const operator = /!=|==?/.exec(term);
    return operator !== null && /^(?:[^\\,=]|\\[\\,=])*$/.test(term.slice(operator.index + operator[0].length));
  });
}
