/** Options in messages by the names that they have where they are typed. */
import { kebab } from "./flags.ts";

/**
 * A message that begins with an option or names one in the midst, with the names as they are typed.
 *
 *     typedOptions("translate: best must be at most beamSize = 5", ["best", "beamSize"], "--")
 *     // "translate: --best must be at most --beam-size = 5"
 *
 * @param sign what the names are typed after
 */
export function typedOptions(message: string, names: readonly string[], sign: string): string {
  const typed = (name: string) => (names.includes(name) ? `${sign}${kebab(name)}` : name);
  // In the midst a name of small letters may be any word.
  return message
    .replace(/^(\w+: )(\w+)(?= )/, (_, where: string, name: string) => where + typed(name))
    .replaceAll(/\b[a-z]+[A-Z][A-Za-z]*\b/g, typed);
}
