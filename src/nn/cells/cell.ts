/** What a recurrent cell is: one step of a recurrence, as kernels run it or as a user writes it. */
import type { Tensor } from "../../tensor/index.ts";
import type { Lookup } from "../embedding.ts";
import type { Initialiser } from "../init.ts";
import type { Trace } from "./observation.ts";

declare const kind: unique symbol;

/**
 * The state of a cell, each part [B H]: `{ h }` or `{ h, c }`.
 *
 * It carries its cell's name in its type only, so that the state of one cell does not fit another.
 */
export type State<Kind extends string = string, Part extends string = string> = {
  readonly h: Tensor;
} & { readonly [P in Part]: Tensor } & { readonly [kind]?: Kind };

/** A parameter of a cell before it is made. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  /** How many gates are stacked in it, along its first axis; each is filled on its own. Default 1. */
  readonly gates?: number;
  /** One for all gates or one for each; default uniform within 1/sqrt(hiddenSize), as PyTorch's. */
  readonly init?: Initialiser | readonly Initialiser[];
}

/** What a cell's parameters follow from. */
export interface CellSizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** The initial bias of forget gates, where the cell has them. */
  readonly forgetBias: number;
}

/** Which steps of a batch of sequences are real, in which direction they are read, and who looks on. */
export interface Order {
  /** [B], 1..T */
  readonly lengths: Int32Array;
  /** Whether each sequence is read from its last real step to its first. */
  readonly reverse: boolean;
  /**
   * Wants to know what the cell did. A `run` calls it once, right after its kernel, while the kernel's buffers are still
   * its own: `observe?.(traceOf(gatesOf(gates.array, H, ["z", "n"]), y.array))`. Nothing is copied where nobody looks.
   */
  readonly observe?: ((trace: Trace) => void) | undefined;
}

/** What a run gives: `y` [T B H], the h of every step and 0 beyond the lengths, and the state after the last step. */
export interface Run<S> {
  readonly y: Tensor;
  readonly state: S;
}

/**
 * A kind of recurrent cell, with `run` or with `step`.
 *
 * The cells of the table bring `run`, a kernel for a whole sequence. A cell of your own needs `step` only and is
 * taken through the sequence step by step.
 */
export interface Cell<Kind extends string = string, Part extends string = string, Name extends string = string> {
  /** What messages call it. */
  readonly name: Kind;
  /** The parts of its state, `h` among them, which is also its output. */
  readonly state: readonly ("h" | Part)[];
  /** Its parameters by name. */
  parameters(sizes: CellSizes): { readonly [N in Name]: ParameterSpec };
  /**
   * One step of a batch.
   *
   * @param x           [B I]
   * @param state       the state before
   * @param parameters  tensors by the names of `parameters`
   * @returns the state after
   */
  step?(x: Tensor, state: State<Kind, Part>, parameters: { readonly [N in Name]: Tensor }): State<Kind, Part>;
  /**
   * A whole sequence of a whole batch.
   *
   * @param source [T B I], or tokens [T B] with the table that holds their rows
   * @param state  the state before the first step
   */
  run?(
    source: Tensor | Lookup,
    state: State<Kind, Part>,
    parameters: { readonly [N in Name]: Tensor },
    order: Order,
  ): Run<State<Kind, Part>>;
}

/** The same cell, with its name, the parts of its state and its parameters known to the type checker. */
export function defineCell<const Kind extends string, const Part extends string, const Name extends string>(
  cell: Cell<Kind, Part, Name>,
): Cell<Kind, Part, Name> {
  return cell;
}
