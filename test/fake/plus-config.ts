/** An `upstream` block, as far as the API shows it. */
export interface UpstreamBlock {
  readonly name: string;
  /** Undefined for a static one. */
  readonly zone: string | undefined;
  /** Path of the state file. */
  readonly state: string | undefined;
  /** The words after `server`. */
  readonly servers: readonly (readonly string[])[];
}

/** The upstream blocks of a config, in nginx's own grammar: words, quotes, comments, `;` and braces. */
export function upstreamsIn(text: string): readonly UpstreamBlock[] {
  const blocks: UpstreamBlock[] = [];
  let open: { name: string; directives: (readonly string[])[] } | undefined;
  let words: string[] = [];
  for (const token of tokensOf(text)) {
    if (token === "{") {
      if (words[0] === "upstream") open = { name: words[1] ?? "", directives: [] };
      words = [];
    } else if (token === "}") {
      if (open !== undefined) blocks.push(blockOf(open.name, open.directives));
      open = undefined;
      words = [];
    } else if (token === ";") {
      open?.directives.push(words);
      words = [];
    } else words.push(token.replace(/^(["'])(.*)\1$/s, "$2"));
  }
  return blocks;
}

/** The words of each `server` directive of a state file. */
export function serversIn(text: string): readonly (readonly string[])[] {
  return upstreamsIn(`upstream x { ${text} }`)[0]?.servers ?? [];
}

function tokensOf(text: string): readonly string[] {
  const found = text.matchAll(/#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{[^}]*\}|[^\s{};])+/g);
  return [...found].map(([token]) => token).filter((token) => !token.startsWith("#"));
}

function blockOf(name: string, directives: readonly (readonly string[])[]): UpstreamBlock {
  const wordsOf = (directive: string) => directives.filter(([first]) => first === directive).map((all) => all.slice(1));
  return { name, zone: wordsOf("zone")[0]?.[0], state: wordsOf("state")[0]?.[0], servers: wordsOf("server") };
}
