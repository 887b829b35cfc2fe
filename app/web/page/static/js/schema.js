/**
 * Reads the JSON Schema of the parameters into what a form needs to know of each; what
 * a schema has no words for stands in it as `x-form`.
 */

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {"choice"|"switch"|"integer"|"number"|"text"|"json"} kind
 * @property {string} description
 * @property {*} fallback its default; null where the service has one
 * @property {*[]} choices of a choice
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step] of which it must be a multiple
 * @property {string} group the heading that it stands under
 * @property {string} label what it is called; with one it is always in view
 * @property {string[]} [ends] words for the least and the most
 * @property {object} names of choices
 * @property {object} notes beside choices
 * @property {object} sets by choice: what it says of other parameters
 * @property {number[]} sizes to choose from
 * @property {string} unit of the number
 * @property {string} blank what leaving it empty means
 * @property {string[]} needs_file choices that go with a file, which are left out
 * @property {string} [each_of] the slot whose files have one value each
 */

const NO_HINTS = {
  ...{ group: "", label: "", unit: "", blank: "" },
  ...{ names: {}, notes: {}, sets: {}, sizes: [], needs_file: [] },
};

/**
 * @param {object} schema with `properties`, and `$defs` that they refer to
 * @returns {Parameter[]} first those that the form has hints for, in its order
 */
export function parametersOf(schema) {
  const hints = new Map(schema?.["x-form"]?.map((each) => [each.name, each]));
  const properties = schema?.properties ?? {};
  const names = new Set([...hints.keys(), ...Object.keys(properties)]);
  return [...names]
    .filter((name) => name in properties)
    .map((name) => parameterOf(name, properties[name], schema, hints.get(name)));
}

function parameterOf(name, property, schema, hints) {
  const shape = flatten(property, schema);
  const [min, max] = boundsOf(shape);
  const choices = shape.enum ?? (shape.const === undefined ? [] : [shape.const]);
  const told = { ...NO_HINTS, ...hints };
  return {
    ...told,
    name,
    kind: kindOf(shape),
    description: property.description ?? shape.description ?? "",
    fallback: property.default ?? null,
    choices: choices.filter((each) => !told.needs_file.includes(each)),
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
  return types.includes("string") ? "text" : "json";
}
