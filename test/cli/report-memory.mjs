// Loaded before the program: says on standard error how much memory it took at most, in kilobytes.
import { writeSync } from "node:fs";

process.once("exit", () => writeSync(2, `memory: ${process.resourceUsage().maxRSS}`));
