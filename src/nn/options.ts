/** Kinds of options that several layers have. */
import { z } from "zod";
import type { Initialiser } from "./init.ts";

/** A size of a layer: a whole number, at least 1. */
export const size = z.int().min(1);

/** A share of numbers to drop: from 0 up to but not including 1. */
export const rate = z.number().min(0).lt(1).default(0);

/** A function that makes initial numbers. */
export const initialiser = z.custom<Initialiser>(
  (given) => typeof given === "function",
  "an initialiser such as orthogonal, a function (random, shape) => numbers",
);
