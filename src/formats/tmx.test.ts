import { describe, expect, test } from "vitest";
import { FormatError } from "../base/index.ts";
import { readTmx, type TmxHeader, type TmxUnit } from "./index.ts";

async function read(text: string, size = text.length) {
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
  const headers: TmxHeader[] = [];
  const units: TmxUnit[] = [];
  for await (const unit of readTmx("m.tmx", pieces, { header: (header) => headers.push(header) })) units.push(unit);
  return { headers, units };
}

const memory = `<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en-US" creationtool="x"/>
<body>
<!-- <tu> is no unit -->
<tu tuid="1">
  <note>kept out</note>
  <tuv xml:lang="en-US"><seg>A &lt;b&gt; <bpt i="1">&lt;b></bpt>bold <hi>&amp; <ph/>kept</hi><ept i="1">x</ept> &#233; &#xE9; 12 </seg></tuv>
  <tuv xml:lang="de"><seg><![CDATA[Ein </tu> <b> &amp;]]> 007</seg></tuv>
</tu>
<tu><tuv lang="en"><seg>true</seg></tuv><tuv lang="fr"><seg></seg></tuv></tu>
</body></tmx>
`;

describe("readTmx", () => {
  test("gives the texts of each unit without inline codes, however the file arrives", async () => {
    const whole = await read(memory);
    expect(whole).toEqual({
      headers: [{ sourceLanguage: "en-US" }],
      units: [
        {
          number: 1,
          texts: [
            { language: "en-US", text: "A <b> bold & kept é é 12 " },
            { language: "de", text: "Ein </tu> <b> &amp; 007" },
          ],
        },
        {
          number: 2,
          texts: [
            { language: "en", text: "true" },
            { language: "fr", text: "" },
          ],
        },
      ],
    });
    for (const size of [1, 7, 100]) expect(await read(memory, size)).toEqual(whole);
  });

  test("knows what is said of entities from their definitions", async () => {
    const about = "of <!ENTITY";
    const { units } = await read(`<!DOCTYPE tmx [ <!-- ] <!ENTITY> > --> <!ELEMENT seg (#PCDATA)> <?p ]> ?> ]>
<tmx><!-- <!ENTITY --><tu><!-- <!ENTITY --><tuv xml:lang="en" note="<!ENTITY"><seg><![CDATA[${about}]]></seg></tuv></tu></tmx>`);
    expect(units).toEqual([{ number: 1, texts: [{ language: "en", text: about }] }]);
    const plain = `<!DOCTYPE tmx SYSTEM "a[1].dtd"><tmx><tu><tuv lang="en"><seg><![CDATA[${about}]]></seg></tuv></tu></tmx>`;
    for (const size of [1, 1000]) expect((await read(plain, size)).units).toEqual(units);
  });

  test.each([
    ["<html><a>", "m.tmx: must be TMX, begins with <html>"],
    ["hello", "m.tmx: must be TMX, has no <tmx>; check the file"],
    ["<tmx><tu><tuv><seg>a</seg></tuv></tu></tmx>", "m.tmx: unit 1: each <tuv> must have xml:lang, got {}"],
    ['<tmx><tu><tuv xml:lang="a"></tuv></tu></tmx>', "m.tmx: unit 1: the <tuv> of a must have a <seg>, has none"],
    [
      `<!DOCTYPE tmx [ <!ENTITY a "${"b".repeat(20)}"> <!ENTITY c "&a;&a;&a;"> ]><tmx>`,
      "m.tmx: must not define entities of its own; write out what they stand for",
    ],
    [
      '<tmx><tu><tuv xml:lang="a"><seg>x &c; y</seg></tuv></tu></tmx>',
      "m.tmx: unit 1: &c; stands for no character; write out what is meant",
    ],
    [
      '<tmx><tu><tuv xml:lang="a"><seg>&#xD800;</seg></tuv></tu></tmx>',
      "m.tmx: unit 1: &#xD800; stands for no character; write out what is meant",
    ],
    [
      '<tmx><tu><tuv xml:lang="a"><seg>x</tuv></tu></tmx>',
      "m.tmx: unit 1: must be XML: has </tuv> where </seg> must come",
    ],
    ["<tmx><tu><a></a></b></tu></tmx>", "m.tmx: unit 1: must be XML: has </b> where </tu> must come"],
    ["<tmx><tu><1a/></tu></tmx>", "m.tmx: unit 1: must be XML: <1a> is no name of an element"],
    ['<tmx><tu a="1" a="2"></tu></tmx>', "m.tmx: unit 1: must be XML: an element has the attribute a twice"],
    ["<tmx><tu a=1></tu></tmx>", 'm.tmx: unit 1: must be XML: each attribute must be written as name="value"'],
    ["<tmx><tu><__proto__/></tu></tmx>", "m.tmx: unit 1: the name __proto__ is none of TMX; leave it out"],
    ["<tmx><header __proto__='1'/></tmx>", "m.tmx: header: the name __proto__ is none of TMX; leave it out"],
    ["<tmx><tu><seg>a & b</seg></tu></tmx>", "m.tmx: unit 1: must be XML: has & alone; write &amp;"],
    ["<tmx><tu><seg>a < b</seg></tu></tmx>", "m.tmx: unit 1: must be XML: has < alone; write &lt;"],
    ["<tmx><tu><a></a b></tu></tmx>", "m.tmx: unit 1: must be XML: its tags do not fit together; check them"],
    [
      `<!DOCTYPE tmx [ <!ELEMENT a (b)> <!-- ]> --> <!ENTITY a "b"> ]><tmx>`,
      "m.tmx: must not define entities of its own; write out what they stand for",
    ],
    ['<tmx><tu><tuv xml:lang="a"><seg>x', "m.tmx: unit 1: has no </tu>; the file is cut off"],
    ['<tmx><tu><tuv xml:lang="a"><tu></tu></tmx>', "m.tmx: unit 1: has no </tu>"],
    [
      `<tmx><tu><tuv xml:lang="a"><seg>${"x".repeat(1 << 20)}</seg></tuv></tu></tmx>`,
      "m.tmx: unit 1: must have at most 1048576 characters, has more; break it up",
    ],
  ])("refuses what is wrong: %#", async (text, message) => {
    await expect(read(text, 1 << 16)).rejects.toThrow(new FormatError(message));
  });
});
