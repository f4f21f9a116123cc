/** Texts as words for TER, as Tercom's normaliser cuts them. @source sacreBLEU's tokenizer_ter.py */
import { cutWestern } from "./tokenizers.ts";
import { splitWords } from "./words.ts";

const asianPunctuation = /([\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb])/gu;
const wideRunes = /([\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09])/gu;

const asian: readonly (readonly [RegExp, string])[] = [
  [/([\u4e00-\u9fff\u3400-\u4dbf])/gu, " $1 "],
  [/([\u31c0-\u31ef\u2e80-\u2eff])/gu, " $1 "],
  [/([\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f])/gu, " $1 "],
  [/([\u3200-\u3f22])/gu, " $1 "],
  // These look as though they had meant a class that excludes; kept, because scores are compared.
  [/(^|^[\u3040-\u309f])([\u3040-\u309f]+)(?=$|^[\u3040-\u309f])/gu, "$1 $2 "],
  [/(^|^[\u30a0-\u30ff])([\u30a0-\u30ff]+)(?=$|^[\u30a0-\u30ff])/gu, "$1 $2 "],
  [/(^|^[\u31f0-\u31ff])([\u31f0-\u31ff]+)(?=$|^[\u31f0-\u31ff])/gu, "$1 $2 "],
  [asianPunctuation, " $1 "],
  [wideRunes, " $1 "],
];

/** The words of a text. */
export function terWords(
  text: string,
  options: {
    readonly normalized: boolean;
    readonly punctuation: boolean;
    readonly asian: boolean;
    readonly caseSensitive: boolean;
  },
): string[] {
  let line = options.caseSensitive ? text : text.toLowerCase();
  if (options.normalized) {
    line = western(line);
    if (options.asian) for (const [pattern, by] of asian) line = line.replaceAll(pattern, by);
  }
  if (!options.punctuation) {
    line = line.replaceAll(/[.,?:;!"()]/gu, "");
    if (options.asian) line = line.replaceAll(asianPunctuation, "").replaceAll(wideRunes, "");
  }
  return splitWords(line);
}

function western(text: string): string {
  let line = text.replaceAll("\n-", "").replaceAll("\n", " ");
  line = line.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  return cutWestern(` ${line} `, (cut) => cut.replaceAll("'s ", " 's ").replace(/'s$/u, " 's"));
}
