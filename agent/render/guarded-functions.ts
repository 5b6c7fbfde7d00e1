import { type Callee, type GoValue, Typed } from "./go-template/index.ts";
import { eitherWay, guard, isGuarded, unguard } from "./guard.ts";

/*
 * What Go's functions do with texts of which some characters are guarded (see guard). Nothing happens to texts without
 * any: they give what they give in Go.
 */

type Call = Callee["call"];

/** They put texts together or choose among them: what was guarded stays so. */
const transparent = new Set("and or call print println join tolower hostport".split(" "));

/** They look for guarded keys, or make of harmless characters what is not harmless any more. */
const always = new Set("index html js urlquery".split(" "));

/** The function with guarded texts in mind. */
export function withGuards(name: string, callee: Callee): Callee {
  if (transparent.has(name)) return callee;
  const own = special.get(name) ?? conservative;
  const call: Call = (...args) =>
    always.has(name) || args.some(hasGuards) ? own(callee.call, args) : callee.call(...args);
  return { ...callee, call };
}

/** It sees the texts as they were; whatever it makes of them is as little to be trusted. */
function conservative(call: Call, args: readonly GoValue[]): GoValue {
  return mapTexts(call(...args.map((arg) => mapTexts(arg, unguard))), guard);
}

const special = new Map<string, (call: Call, args: readonly GoValue[]) => GoValue>(
  Object.entries({
    raw: (call, args) => call(...args.map((arg) => mapTexts(arg, unguard))),
    replace: (call, args) => {
      const [whole, old, replacement, count] = args;
      if (typeof whole !== "string" || typeof old !== "string" || typeof replacement !== "string" || old === "")
        return conservative(call, args);
      const most = Number(count);
      let done = 0;
      return whole.replace(eitherWay(old), (found) => {
        done += 1;
        return most < 0 || done <= most ? replacement : found;
      });
    },
    split: (call, [whole, separator]) => {
      if (typeof whole !== "string" || typeof separator !== "string" || separator === "") return call(whole, separator);
      // The function itself makes the list, so that it has its type: of a text without anything else in it.
      const pieces = whole.split(eitherWay(separator));
      let at = 0;
      return mapTexts(call(pieces.map(() => "").join("|"), "|"), () => pieces[at++] ?? "");
    },
    trim: (_call, [whole, cutset]) => {
      if (typeof whole !== "string" || typeof cutset !== "string") return whole;
      const cut = new Set(unguard(cutset));
      const characters = Array.from(whole);
      const stays = (character: string) => !cut.has(unguard(character));
      const first = characters.findIndex(stays);
      return first < 0 ? "" : characters.slice(first, characters.findLastIndex(stays) + 1).join("");
    },
    // Keys of maps are guarded as well.
    index: (call, [item, ...indexes]) => {
      const keys = indexes.map((index) => mapTexts(index, (text) => guard(unguard(text))));
      return typeof item === "string" ? call(unguard(item), ...keys) : call(item, ...keys);
    },
    printf: (call, args) => {
      const [format] = args;
      if (typeof format !== "string" || isGuarded(format) || /%[^%a-zA-Z]*[xX]/.test(format))
        return conservative(call, args);
      // `%q` shows a guarded character by its number, as Go shows any that cannot be printed.
      return mapTexts(call(...args), (text) =>
        text.replaceAll(/\\U000f00([0-9a-f]{2})/g, (_, hex: string) =>
          String.fromCodePoint(0xf_0000 + Number.parseInt(hex, 16)),
        ),
      );
    },
  }),
);

function hasGuards(value: GoValue): boolean {
  if (typeof value === "string") return isGuarded(value);
  if (!(value instanceof Typed)) return false;
  const { data } = value;
  return Array.isArray(data) ? data.some(hasGuards) : typeof data === "string" && isGuarded(data);
}

/** The value with each text in it changed: itself, in an interface, or in a list. */
function mapTexts(value: GoValue, change: (text: string) => string): GoValue {
  if (typeof value === "string") return change(value);
  if (!(value instanceof Typed)) return value;
  const { type, data } = value;
  if (typeof data === "string") return new Typed(type, change(data));
  if (!Array.isArray(data)) return value;
  return new Typed(
    type,
    data.map((one: GoValue) => mapTexts(one, change)),
  );
}
