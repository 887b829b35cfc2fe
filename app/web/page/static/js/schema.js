/** Reads the JSON Schema of the parameters into what a form needs to know of each. */

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {"choice"|"switch"|"integer"|"number"|"json"} kind
 * @property {string} description
 * @property {*} fallback its default; null where the service or the preset has one
 * @property {*[]} choices of a choice
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step] of which it must be a multiple
 */

/**
 * @param {object} schema with `properties`, and `$defs` that they refer to
 * @returns {Map<string, Parameter>} in the schema's order
 */
export function parametersOf(schema) {
  const entries = Object.entries(schema?.properties ?? {});
  return new Map(
    entries.map(([name, property]) => [name, parameterOf(name, property, schema)]),
  );
}

function parameterOf(name, property, schema) {
  const shape = flatten(property, schema);
  const [min, max] = boundsOf(shape);
  return {
    name,
    kind: kindOf(shape),
    description: property.description ?? shape.description ?? "",
    fallback: property.default ?? null,
    choices: shape.enum ?? (shape.const === undefined ? [] : [shape.const]),
    min,
    max,
    step: shape.multipleOf,
  };
}

/** Resolve references, and leave the null of "a value or null" out. */
function flatten(property, schema) {
  const referred = property.$ref ? lookUp(property.$ref, schema) : {};
  const variants = property.anyOf ?? property.oneOf ?? property.allOf ?? [];
  const shapes = variants
    .map((each) => flatten(each, schema))
    .filter((each) => each.type !== "null");
  const base = property.$ref ? flatten(referred, schema) : {};
  const only = shapes.length === 1 ? shapes[0] : {};
  return { ...base, ...only, ...property };
}

function lookUp(reference, schema) {
  const path = reference.replace(/^#\//, "").split("/");
  return path.reduce((place, part) => place?.[part], schema) ?? {};
}

function boundsOf(shape) {
  return [
    shape.minimum ?? shape.exclusiveMinimum,
    shape.maximum ?? shape.exclusiveMaximum,
  ];
}

function kindOf(shape) {
  if (shape.enum || shape.const !== undefined) return "choice";
  const types = [shape.type].flat().filter((each) => each && each !== "null");
  if (types.includes("boolean")) return "switch";
  if (types.includes("integer")) return "integer";
  if (types.includes("number")) return "number";
  return types.includes("string") ? "choice" : "json";
}
