/**
 * Reads what the kernel table writes as text: shapes such as "T B 4H" and limits such as "V-1".
 */

/** One axis of a shape: so many times a size, or just a number (then `size` is empty). */
export interface Axis {
  readonly times: number;
  readonly size: string;
}

/** "T B 4H" as axes. */
export function readShape(shape: string): Axis[] {
  return shape.split(" ").map((axis) => {
    const [, times, size = ""] = /^(\d*)([A-Z]?)$/.exec(axis) ?? [];
    if (!times && !size) throw new Error(`kernel table: "${axis}" in shape "${shape}" is no axis`);
    return { times: times ? Number(times) : 1, size };
  });
}

/** How many elements each axis has: "T B 4H" with T 5, B 2 and H 3 is [5, 2, 12]. */
export function axesOf(shape: string, sizes: Readonly<Record<string, number>>): number[] {
  return readShape(shape).map(({ times, size }) => (size === "" ? times : times * sizes[size]!));
}

/** A limit as a size and what is added to it: "V-1" is V and -1. */
export function readLimit(limit: string): { readonly size: string; readonly offset: number } {
  const [, size = "", offset = "0"] = /^([A-Z])(-\d+)?$/.exec(limit) ?? [];
  if (!size) throw new Error(`kernel table: "${limit}" is no limit`);
  return { size, offset: Number(offset) };
}
