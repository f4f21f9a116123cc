/** Translation memories: TMX files, unit by unit. */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { FormatError, show } from "../base/index.ts";

/** A text of a translation unit, in one language. */
export interface TmxText {
  /** The language as the file has it, such as "en-US". */
  readonly language: string;
  readonly text: string;
}

/** A translation unit. */
export interface TmxUnit {
  /** Which unit of the file it is, from 1. */
  readonly number: number;
  readonly texts: readonly TmxText[];
}

/** What a TMX file says of itself. */
export interface TmxHeader {
  /** The language that the others are translations of; undefined where there is none or each unit has its own. */
  readonly sourceLanguage: string | undefined;
}

/**
 * Reads a translation memory that arrives in pieces, in memory bounded by the longest unit allowed. Inline codes are left
 * out, and the text that they mark is kept. Only the five entities of XML and characters by number are known.
 *
 * @param where  starts the messages: the name of the file
 * @param pieces the text of the file
 * @param on     told what the header says, before the first unit is given
 * @throws FormatError for what is no TMX, defines entities, or has a longer unit
 * @source TMX 1.4b, https://www.ttt.org/oscarStandards/tmx/
 */
export async function* readTmx(
  where: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  on: { readonly header?: (header: TmxHeader) => void } = {},
): AsyncGenerator<TmxUnit, void, undefined> {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    preserveOrder: true,
    trimValues: false,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    cdataPropName: "#cdata",
  });
  let text = "";
  let number = 0;
  let isTmx = false;
  for await (const piece of pieces) {
    text += piece;
    let at = 0;
    for (;;) {
      const begin = text.indexOf("<", at);
      if (begin < 0) {
        at = text.length;
        break;
      }
      const end = endOfMarkup(where, text, begin, number);
      if (end - begin > longestUnit) throw tooLong(where, number);
      if (end < 0) {
        at = begin;
        break;
      }
      const name = /^<([A-Za-z]+)[\s/>]/.exec(text.slice(begin, begin + 40))?.[1];
      if (name === "tmx") isTmx = true;
      else if (name !== undefined && !isTmx) throw new FormatError(`${where}: must be TMX, begins with <${name}>`);
      if (name === "header") on.header?.(headerOf(where, parser, text.slice(begin, end)));
      if (name === "tu") yield unitOf(where, parser, text.slice(begin, end), ++number);
      at = end;
    }
    text = text.slice(at);
    if (text.length > longestUnit) throw tooLong(where, number);
  }
  if (!isTmx) throw new FormatError(`${where}: must be TMX, has no <tmx>; check the file`);
  if (/^<tu[\s>]/.test(text)) throw new FormatError(`${where}: unit ${number + 1}: has no </tu>; the file is cut off`);
}

const longestUnit = 1 << 20;

function tooLong(where: string, number: number): FormatError {
  return new FormatError(
    `${where}: unit ${number + 1}: must have at most ${longestUnit} characters, has more; break it up`,
  );
}

/** Where a piece of markup ends that begins at `begin`: of a unit its last tag. -1 where more of the text must come. */
function endOfMarkup(where: string, text: string, begin: number, number: number): number {
  const after = (mark: string, from = begin) => {
    const found = text.indexOf(mark, from);
    return found < 0 ? -1 : found + mark.length;
  };
  if (text.length - begin < "<![CDATA[".length) return -1;
  if (text.startsWith("<!--", begin)) return after("-->");
  if (text.startsWith("<![CDATA[", begin)) return after("]]>");
  if (text.startsWith("<?", begin)) return after("?>");
  if (text.startsWith("<!DOCTYPE", begin)) return endOfDoctype(where, text, begin);
  if (!/^<tu[\s>]/.test(text.slice(begin, begin + 4))) return after(">");
  // Comments and CDATA within a unit may hold what looks like its end.
  let at = begin + 3;
  for (;;) {
    const next = text.slice(at).search(/<!--|<!\[CDATA\[|<\/tu\s*>|<tu[\s>]/);
    if (next < 0) return -1;
    at += next;
    if (text.startsWith("</tu", at)) return after(">", at);
    if (text.startsWith("<tu", at)) throw new FormatError(`${where}: unit ${number + 1}: has no </tu>`);
    const end = text.startsWith("<!--", at) ? after("-->", at) : after("]]>", at);
    if (end < 0) return -1;
    at = end;
  }
}

/** Where a DOCTYPE ends: what is quoted or a comment may hold what looks like its end. -1 where more must come. */
function endOfDoctype(where: string, text: string, begin: number): number {
  const marks = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|"[^"]*"|'[^']*'|<!--|<\?|["']|<!ENTITY|[[\]>]/g;
  marks.lastIndex = begin;
  let isInner = false;
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    const [mark] = found;
    if (mark === "<!ENTITY")
      throw new FormatError(`${where}: must not define entities of its own; write out what they stand for`);
    // It has begun and does not end yet.
    if (["<!--", "<?", '"', "'"].includes(mark)) return -1;
    if (mark === ">" && !isInner) return marks.lastIndex;
    if (mark === "[" || mark === "]") isInner = mark === "[";
  }
  return -1;
}

/** What the parser gives in the order of the file: each is text, or one element with its content and its attributes. */
type Node = Readonly<Record<string, unknown>>;

const attributesOf = (node: Node) => (node[":@"] ?? {}) as Readonly<Record<string, string>>;
const nameOf = (node: Node) => Object.keys(node).find((key) => key !== ":@");

function headerOf(where: string, parser: XMLParser, xml: string): TmxHeader {
  const nodes = nodesOf(`${where}: header`, parser, xml.endsWith("/>") ? xml : `${xml}</header>`);
  const language = nodes[0] && attributesOf(nodes[0]).srclang;
  return { sourceLanguage: language === undefined || language === "*all*" ? undefined : language };
}

function nodesOf(at: string, parser: XMLParser, xml: string): Node[] {
  const found = XMLValidator.validate(xml);
  if (found !== true) throw new FormatError(`${at}: must be XML: ${whatIsWrong(found.err)}`);
  try {
    return parser.parse(xml) as Node[];
  } catch (error) {
    const name = /Invalid name: "(.*?)"/.exec((error as Error).message)?.[1];
    const cause =
      name === undefined
        ? "must be XML that can be read, is too deep or broken"
        : `the name ${name} is none of TMX; leave it out`;
    throw new FormatError(`${at}: ${cause}`, { cause: error });
  }
}

/** What the parser finds wrong, in words of ours: its places are counted within the unit. */
function whatIsWrong({ code, msg }: { readonly code: string; readonly msg: string }): string {
  const [first, second] = Array.from(msg.matchAll(/'(.*?)'/g), ([, name]) => name);
  if (/^Expected closing tag/.test(msg)) return `has </${second}> where </${first}> must come`;
  if (/^Tag .* is an invalid name/.test(msg)) return `<${first}> is no name of an element`;
  if (/^Attribute .* is repeated/.test(msg)) return `an element has the attribute ${first} twice`;
  if (code === "InvalidAttr") return 'each attribute must be written as name="value"';
  if (first === "&") return "has & alone; write &amp;";
  if (first === "<") return "has < alone; write &lt;";
  return "its tags do not fit together; check them";
}

function unitOf(where: string, parser: XMLParser, xml: string, number: number): TmxUnit {
  const at = `${where}: unit ${number}`;
  const unit = nodesOf(at, parser, xml).find((node) => "tu" in node);
  const texts: TmxText[] = [];
  for (const variant of (unit?.tu ?? []) as Node[]) {
    if (!("tuv" in variant)) continue;
    const attributes = attributesOf(variant);
    const language = attributes["xml:lang"] ?? attributes.lang;
    if (language === undefined || language === "")
      throw new FormatError(`${at}: each <tuv> must have xml:lang, got ${show(attributes)}`);
    const segment = (variant.tuv as Node[]).find((node) => "seg" in node);
    if (!segment) throw new FormatError(`${at}: the <tuv> of ${language} must have a <seg>, has none`);
    texts.push({ language, text: textIn(at, segment.seg as Node[]) });
  }
  return { number, texts };
}

/** The text of a segment: what codes of other programs hold is no text. */
function textIn(at: string, nodes: readonly Node[]): string {
  let text = "";
  for (const node of nodes) {
    const name = nameOf(node);
    if (name === "#text") text += expanded(at, String(node[name]));
    else if (name === "#cdata") text += (node[name] as Node[]).map((part) => String(part["#text"])).join("");
    else if (name === "hi") text += textIn(at, node.hi as Node[]);
  }
  return text;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** A text with what its entities stand for: each becomes one character. */
function expanded(at: string, text: string): string {
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z][a-z0-9]*);/gi, (whole, name: string) => {
    if (Object.hasOwn(entities, name)) return entities[name]!;
    const isHexadecimal = /^#x/i.test(name);
    const point = name.startsWith("#")
      ? Number.parseInt(name.slice(isHexadecimal ? 2 : 1), isHexadecimal ? 16 : 10)
      : -1;
    const isCharacter = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000);
    if (isCharacter) return String.fromCodePoint(point);
    throw new FormatError(`${at}: ${whole} stands for no character; write out what is meant`);
  });
}
