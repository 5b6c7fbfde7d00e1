import { hostileStrings } from "../fake/malformed.ts";
import type { Random } from "./random.ts";

/** Pieces of which attacks are made, and of which honest values are. */
const pieces = [
  ...['"', "'", "\\", ";", "{", "}", "#", " ", "  ", "%", "$", "~", "*", "(", ")", ",", ":", "/", "=", "@", "|", "&"],
  ...["\\n", "\\x22", "\\x20", "\\\\", '\\"', "\\'", "\\;", "\\$", "%%", "%[src]", "%[env(HOME)]", "${HOME}", "$host"],
  ...[
    "; }",
    "} server {",
    "listen 1;",
    "\nlisten 1;",
    "include /etc/passwd;",
    "\r\n",
    "\t",
    "\u0000",
    "\u007f",
    "\u0085",
  ],
  ...[
    '" "',
    "' '",
    "'\"",
    '";',
    "';",
    "# x",
    "if",
    "unless",
    "{ always_true }",
    "backend x",
    "server x 1.1.1.1:1",
    "~^",
  ],
  ...["<", ">", "`", "^", "!", "?", "[", "]", "[::1]", "*.", "..", "-", "_", ".", "xn--", "0x7f", "127.1", "unix:/x"],
  ...[
    "é",
    "ß",
    "İ",
    "\u212a",
    "\u00a0",
    "\u2028",
    "\ufeff",
    "\u{1f600}",
    "\ud800",
    "\udc00",
    "\u{f0022}",
    "\u{10fffd}",
  ],
  ...["default", "include", "always", "hostnames", "volatile", "__proto__", "constructor", "{{", "}}", "<%", "%>"],
] as const;

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

/** Some text as an app could send it: ordinary, adversarial, or just any characters. */
export function hostileText(random: Random, { longest = 12 }: { readonly longest?: number } = {}): string {
  const kind = random.below(20);
  if (kind === 0) return random.pick(hostileStrings as readonly [string, ...string[]]);
  if (kind <= 2) return word(random, longest);
  const count = 1 + random.below(longest);
  return Array.from({ length: count }, () => piece(random, kind)).join("");
}

function piece(random: Random, kind: number): string {
  if (kind < 8 || random.oneIn(3)) return word(random, 4);
  if (random.oneIn(6)) return String.fromCodePoint(random.oneIn(2) ? random.below(0x100) : random.below(0xd800));
  return random.pick(pieces);
}

function word(random: Random, longest: number): string {
  return Array.from({ length: 1 + random.below(longest) }, () => letters[random.below(letters.length)]).join("");
}

/** A vhost or a host: more often than other text almost one. */
export function hostileName(random: Random): string {
  if (random.oneIn(3)) return hostileText(random);
  const labels = Array.from({ length: 1 + random.below(4) }, () => word(random, 8)).join(".");
  const end = random.oneIn(2) ? ".test" : "";
  const name = `${random.oneIn(12) ? "*." : ""}${labels}${end}${random.oneIn(12) ? "." : ""}`;
  if (!random.oneIn(4)) return name;
  const at = random.below(name.length + 1);
  return name.slice(0, at) + piece(random, 10) + name.slice(at);
}
