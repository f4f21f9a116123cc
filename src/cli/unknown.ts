/** What of a given text the model has never seen, told beside the results. */
import { knownInSmallLetters, type LanguageModel, unknownTokens } from "../tasks/index.ts";
import type { Screen } from "./screen.ts";

/**
 * Notes which tokens of a text the model does not know.
 *
 * @param whole what the text is called, such as "the prompt"
 * @param flag  how to give it again in small letters, where those are known; without it no advice is given
 */
export function noteUnknown(
  screen: Screen,
  { codec }: LanguageModel,
  text: string,
  { whole, flag }: { readonly whole: string; readonly flag?: string },
): void {
  const unknown = unknownTokens(codec, text);
  if (unknown.length === 0) return;
  const shown = unknown.slice(0, 10).map((token) => JSON.stringify(token));
  const more = unknown.length > shown.length ? ` and ${unknown.length - shown.length} more` : "";
  const small = knownInSmallLetters(codec, text);
  const advice = small === null || flag === undefined ? "" : `; try ${flag}${JSON.stringify(small)}`;
  screen.note(`the model has never seen ${shown.join(", ")}${more} of ${whole}${advice}`);
}
