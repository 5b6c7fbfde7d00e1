/** Go's time.Time, as far as templates can call it: the clock in a time zone, its layouts and its parts. */

import { type GoFunction, type GoType, type GoValue, typedData } from "./go-template/index.ts";

/** Offsets and abbreviations of a time zone. */
export interface Zone {
  readonly at: (epochMs: number) => { readonly offsetMinutes: number; readonly abbreviation: string };
}

interface Instant {
  readonly epochMs: number;
  readonly zone: Zone;
  /** What Go appends to the time of a running process: ` m=+1.5`; empty if there is none. */
  readonly monotonic: string;
}

const utc: Zone = { at: () => ({ offsetMinutes: 0, abbreviation: "UTC" }) };

/** English speakers' own abbreviations, which ICU gives in the locale of the region only. */
const locales = ["en-US", "en-GB", "en-IN", "en-AU", "en-NZ", "en-ZA", "en-KE"];

/** Where ICU lacks the time zone database's abbreviation or has another: standard time, and summer time if there is one. */
const abbreviations: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "JST Asia/Tokyo, KST Asia/Seoul Asia/Pyongyang, HKT Asia/Hong_Kong, PST Asia/Manila, PKT Asia/Karachi",
    "CST Asia/Shanghai Asia/Taipei Asia/Macau Asia/Chongqing Asia/Harbin, WIB Asia/Jakarta Asia/Pontianak",
    "WITA Asia/Makassar, WIT Asia/Jayapura, +04 Asia/Dubai Asia/Muscat, +0530 Asia/Colombo",
    "IST/IDT Asia/Jerusalem Asia/Tel_Aviv, MSK Europe/Moscow Europe/Simferopol Europe/Volgograd, GMT/IST Europe/Dublin",
    "NST/NDT America/St_Johns Canada/Newfoundland, CST/CDT America/Havana, MST America/Hermosillo America/Mazatlan",
    "MST America/Whitehorse America/Dawson, HST Pacific/Honolulu, SST Pacific/Pago_Pago, ChST Pacific/Guam",
  ].flatMap((line) =>
    line.split(", ").flatMap((entry) => {
      const [names = "", ...zones] = entry.split(" ");
      return zones.map((zone) => [zone, names]);
    }),
  ),
);

/** The zone that TZ names; UTC where it names none, as in Go. */
export function zoneOf(timeZone: string): Zone {
  const name = timeZone.replace(/^:/, "");
  try {
    return name === "" || name === "UTC" ? utc : intlZone(name);
  } catch {
    return utc;
  }
}

/** Making formatters is slow: one for the offset, those for abbreviations only when there is a new offset. */
function intlZone(timeZone: string): Zone {
  const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const clock = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", second: "numeric", ...parts });
  const [standard, summer] = abbreviations[timeZone]?.split("/") ?? [];
  const winterOffset = Math.min(offsetOf(clock, Date.UTC(2026, 0)), offsetOf(clock, Date.UTC(2026, 6)));
  const known = new Map<number, string>();
  const at = (epochMs: number) => {
    const offsetMinutes = offsetOf(clock, epochMs);
    const ours = summer !== undefined && offsetMinutes > winterOffset ? summer : standard;
    const abbreviation =
      ours ?? known.get(offsetMinutes) ?? icuAbbreviation(timeZone, epochMs) ?? offsetText(offsetMinutes, shortest);
    known.set(offsetMinutes, abbreviation);
    return { offsetMinutes, abbreviation };
  };
  return { at };
}

function offsetOf(clock: Intl.DateTimeFormat, epochMs: number): number {
  const found = new Map(clock.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => found.get(name) ?? 0;
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round((local - epochMs) / 60_000);
}

function icuAbbreviation(timeZone: string, epochMs: number): string | undefined {
  for (const locale of locales) {
    const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: "short" }).formatToParts(epochMs);
    const shown = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    if (/^[A-Z]{3,5}$/.test(shown)) return shown;
  }
  return undefined;
}

/** How the time zone database abbreviates zones without a name: `+04`, `+0545`. */
const shortest = { colon: "", isShort: true };

function offsetText(
  minutes: number,
  { colon, isShort }: { readonly colon: string; readonly isShort: boolean },
): string {
  const size = Math.abs(minutes);
  const hours = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}`;
  return isShort && size % 60 === 0 ? hours : `${hours}${colon}${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

const months = "January February March April May June July August September October November December".split(" ");
const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** The parts of a layout, longest first where one begins with another. */
const layoutParts =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|_2006|__2|_2|002|0[1-6]|15|[1-5]|PM|pm|[-Z]07(?::?00){0,2}|[.,](?:0+|9+)(?![0-9])/g;

/** Time.Format: the layout shows how the reference time Mon Jan 2 15:04:05 MST 2006 is written. */
function formatTime({ epochMs, zone }: Instant, layout: string): string {
  const { offsetMinutes, abbreviation } = zone.at(epochMs);
  const local = new Date(epochMs + offsetMinutes * 60_000);
  return layout.replaceAll(layoutParts, (part) => {
    const first = part[0] ?? "";
    if (first === "-" || first === "Z") return zonePart(part, offsetMinutes);
    if (first === "." || first === ",") return fractionPart(part, epochMs);
    return part === "MST" ? abbreviation : datePart(part, local);
  });
}

function zonePart(part: string, minutes: number): string {
  if (part.startsWith("Z") && minutes === 0) return "Z";
  const colon = part.includes(":") ? ":" : "";
  const isShort = part.length === 3;
  const text = offsetText(minutes, { colon, isShort: false });
  const seconds = part.length >= 7 ? `${colon}00` : "";
  return (isShort ? text.slice(0, 3) : text) + seconds;
}

/** Milliseconds are what we have; `9`s drop zeros at the end. */
function fractionPart(part: string, epochMs: number): string {
  const digits = String(((epochMs % 1000) + 1000) % 1000)
    .padStart(3, "0")
    .padEnd(part.length - 1, "0");
  const shown = digits.slice(0, part.length - 1);
  if (part[1] === "0") return (part[0] ?? "") + shown;
  const trimmed = shown.replace(/0+$/, "");
  return trimmed === "" ? "" : (part[0] ?? "") + trimmed;
}

function datePart(part: string, local: Date): string {
  const month = local.getUTCMonth();
  const hour = local.getUTCHours();
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const day = local.getUTCDate();
  const year = String(local.getUTCFullYear()).padStart(4, "0");
  const written: Readonly<Record<string, string>> = {
    January: months[month] ?? "",
    Jan: months[month]?.slice(0, 3) ?? "",
    Monday: days[local.getUTCDay()] ?? "",
    Mon: days[local.getUTCDay()]?.slice(0, 3) ?? "",
    "2006": year,
    _2006: `_${year}`,
    "06": year.slice(-2),
    "01": two(month + 1),
    "1": String(month + 1),
    "02": two(day),
    "2": String(day),
    _2: String(day).padStart(2),
    "002": String(yearDay(local)).padStart(3, "0"),
    __2: String(yearDay(local)).padStart(3),
    "15": two(hour),
    "03": two(hour12),
    "3": String(hour12),
    "04": two(local.getUTCMinutes()),
    "4": String(local.getUTCMinutes()),
    "05": two(local.getUTCSeconds()),
    "5": String(local.getUTCSeconds()),
    PM: hour < 12 ? "AM" : "PM",
    pm: hour < 12 ? "am" : "pm",
  };
  return written[part] ?? part;
}

function yearDay(local: Date): number {
  const start = Date.UTC(local.getUTCFullYear(), 0, 1);
  return Math.floor((local.getTime() - start) / 86_400_000) + 1;
}

/** A time.Time for templates. */
export function timeValue(instant: Instant): GoValue {
  return typedData(timeType, instant);
}

type Read = (instant: Instant, local: Date) => unknown;

/** A method without arguments. */
function part(read: Read, result = "any"): GoFunction {
  const fn = (instant: Instant) => {
    const { offsetMinutes } = instant.zone.at(instant.epochMs);
    return read(instant, new Date(instant.epochMs + offsetMinutes * 60_000));
  };
  return { fn, params: [], result };
}

function named(name: string, names: readonly string[], first: number): GoType {
  const fn = (value: number) => names[value - first] ?? "";
  return { kind: "int", name, bits: 64, methods: new Map([["String", { fn, params: [] }]]) };
}

const monthType = named("time.Month", months, 1);
const weekdayType = named("time.Weekday", days, 0);

const timeType: GoType = {
  kind: "struct",
  name: "time.Time",
  fields: new Map(),
  methods: new Map<string, GoFunction>([
    ["Format", { fn: formatTime, params: ["string"] }],
    ["String", part((instant) => formatTime(instant, "2006-01-02 15:04:05.999999999 -0700 MST") + instant.monotonic)],
    ["UTC", part(({ epochMs }) => timeValue({ epochMs, zone: utc, monotonic: "" }))],
    ["Local", part(({ epochMs, zone }) => timeValue({ epochMs, zone, monotonic: "" }))],
    ["Unix", part(({ epochMs }) => Math.floor(epochMs / 1000), "int64")],
    ["UnixMilli", part(({ epochMs }) => epochMs, "int64")],
    ["UnixMicro", part(({ epochMs }) => BigInt(epochMs) * 1000n, "int64")],
    ["UnixNano", part(({ epochMs }) => BigInt(epochMs) * 1_000_000n, "int64")],
    ["Year", part((_, local) => local.getUTCFullYear())],
    ["Month", part((_, local) => typedData(monthType, local.getUTCMonth() + 1))],
    ["Day", part((_, local) => local.getUTCDate())],
    ["Weekday", part((_, local) => typedData(weekdayType, local.getUTCDay()))],
    ["YearDay", part((_, local) => yearDay(local))],
    ["Hour", part((_, local) => local.getUTCHours())],
    ["Minute", part((_, local) => local.getUTCMinutes())],
    ["Second", part((_, local) => local.getUTCSeconds())],
    ["Nanosecond", part(({ epochMs }) => (((epochMs % 1000) + 1000) % 1000) * 1_000_000)],
    ["IsZero", part(() => false)],
  ]),
};
