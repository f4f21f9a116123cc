// The test part of pronounce.yaml with every pronunciation that the dictionary knows, for `backstitch evaluate`:
//
//     node examples/pronounce-references.mjs g014b2b.ref > test.tsv
//
// On each line a word, its references in the file, and then the dictionary's others, without the stress.
import { readFileSync } from "node:fs";
import { dictionary } from "cmu-pronouncing-dictionary";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("pronounce-references: needs the file of references, such as g014b2b.ref");

/** @type {Map<string, Set<string>>} */
const references = new Map();
for (const line of readFileSync(file, "utf8").trim().split("\n")) {
  const [word = "", phones = ""] = line.split("\t");
  references.set(word, (references.get(word) ?? new Set()).add(phones));
}
for (const [key, phones] of Object.entries(dictionary))
  references.get(key.replace(/\(\d+\)$/, "").toUpperCase())?.add(phones.replace(/\d/g, ""));
for (const [word, known] of references) console.log([word, ...known].join("\t"));
