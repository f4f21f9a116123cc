/** The trainable tensors of a model: found, counted, loaded. */
import { KindError, nearest, ValueError } from "../base/index.ts";
import { Engine, Tensor } from "../tensor/index.ts";

/** Trainable tensors by dotted name, such as "recurrent.layers.0.forward.wIh". */
export type Parameters = Readonly<Record<string, Tensor>>;

/** A tensor as files hold it. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Finds the trainable tensors in any tree of objects, arrays and layers.
 *
 * The name is the path of fields to it. Fields come in the order in which they were made, so the same model gives the
 * same names in the same order; a tensor reached twice, as a tied weight is, counts once, under its first name.
 *
 * @throws TypeError when the model is no object
 */
export function parameters(model: object): Parameters {
  if (typeof model !== "object" || model === null || model instanceof Tensor)
    throw new KindError(
      `parameters: needs a model, an object that holds layers or tensors, got ${model instanceof Tensor ? "a tensor" : String(model)}`,
    );
  const found: Record<string, Tensor> = {};
  const seen = new Set<object>();
  const walk = (value: unknown, path: string) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    if (value instanceof Engine || ArrayBuffer.isView(value)) return;
    seen.add(value);
    if (value instanceof Tensor) {
      if (value.requiresGrad && !value.node) found[path] = value;
      return;
    }
    for (const [name, field] of Object.entries(value)) walk(field, path === "" ? name : `${path}.${name}`);
  };
  walk(model, "");
  return found;
}

/** How many trainable numbers a model has. */
export function countParameters(model: object): number {
  return Object.values(parameters(model)).reduce((sum, tensor) => sum + tensor.size, 0);
}

/**
 * Copies stored numbers into the parameters of a model: all of them, or none when something does not fit.
 *
 * @param stored every parameter by its name, such as an earlier `parameters(model)` or what a file holds
 * @throws RangeError when a name is missing or not expected, or a shape does not fit
 */
export function loadParameters(model: object, stored: Readonly<Record<string, StoredTensor>>): void {
  const known = parameters(model);
  const names = Object.keys(known);
  for (const name of Object.keys(stored)) {
    if (Object.hasOwn(known, name)) continue;
    const near = nearest(name, names);
    const hint = near ? `did you mean "${near}"?` : `it has ${names.join(", ")}`;
    throw new ValueError(`loadParameters: the model has no parameter "${name}"; ${hint}`);
  }
  for (const [name, { shape, size }] of Object.entries(known)) {
    if (!Object.hasOwn(stored, name))
      throw new ValueError(`loadParameters: parameter "${name}" [${shape.join(" ")}] is missing in what was stored`);
    const { shape: got, data } = stored[name]!;
    if (got.length !== shape.length || got.some((n, i) => n !== shape[i]))
      throw new ValueError(`loadParameters: "${name}" must be [${shape.join(" ")}], got [${got.join(" ")}]`);
    if (data.length !== size)
      throw new ValueError(`loadParameters: "${name}" [${shape.join(" ")}] needs ${size} numbers, got ${data.length}`);
  }
  for (const [name, tensor] of Object.entries(known)) tensor.data.set(stored[name]!.data);
}
