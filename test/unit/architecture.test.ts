import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { functionsOf, type Import, type SourceFile, sourceFiles } from "./agent/source-files.ts";

/*
 * The rules of the code's layout. Each failure names the file and what it should not do.
 */

const files = sourceFiles();
const paths = new Set(files.map((file) => file.path));

const basics = ["model.ts", "address.ts", "errors.ts", "clock.ts", "deadline.ts"];

/** What each folder may import besides its own files: folders (with a slash) and files. What is not here has no rule. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  config: basics,
  drove: [...basics, "config/schema.ts", "control-characters.ts", "exchange.ts", "follow.ts"],
  discovery: [...basics, "config/schema.ts", "drove/", "guard/"],
  // It counts what the desired state would have.
  guard: ["model.ts", "config/schema.ts", "desired/select.ts"],
  desired: [
    "model.ts",
    "address.ts",
    "errors.ts",
    "config/schema.ts",
    "memo.ts",
    "follow.ts",
    "serving.ts",
    "control-characters.ts",
    "header-name.ts",
    "server-weight.ts",
  ],
  render: [
    "model.ts",
    "address.ts",
    "errors.ts",
    "control-characters.ts",
    "header-name.ts",
    "config/schema.ts",
    "serving.ts",
    "server-weight.ts",
    "seeds.ts",
  ],
  plan: ["model.ts", "address.ts", "errors.ts", "member-url.ts", "follow.ts", "serving.ts", "seeds.ts"],
  quarantine: [...basics, "config/schema.ts", "memo.ts"],
  apply: [...basics, "config/schema.ts", "exchange.ts", "serving.ts", "server-weight.ts", "seeds.ts"],
  // What has been found out, put into words: it looks at a cycle of the loop and at what went in.
  insight: [
    "model.ts",
    "address.ts",
    "errors.ts",
    "member-url.ts",
    "config/schema.ts",
    "config/suggest.ts",
    "desired/",
    "plan/",
    "guard/held.ts",
    "quarantine/quarantined.ts",
    "records/history-entry.ts",
    "agent.ts",
  ],
  // Files are written in one step by one piece of code.
  records: [...basics, "hold.ts", "quarantine/kept-form.ts", "apply/disk.ts", "apply/write-in-one-step.ts"],
  status: [
    ...basics,
    "guard/held.ts",
    "hold.ts",
    "quarantine/quarantined.ts",
    "member-url.ts",
    "config/schema.ts",
    "config/secret.ts",
    "log.ts",
    "place-to-listen.ts",
  ],
  dns: [...basics, "seeds.ts", "place-to-listen.ts"],
  // It makes the loop's inputs of files, so it knows their type, and compiles the template.
  inputs: [...basics, "config/", "render/engine.ts", "agent.ts"],
  "model.ts": ["codes.ts"],
  "codes.ts": [],
  "address.ts": [],
  "place-to-listen.ts": [],
  "exchange.ts": [],
  "serving.ts": ["address.ts"],
  "seeds.ts": [],
  "errors.ts": [],
  "clock.ts": [],
  "deadline.ts": basics,
  "memo.ts": [],
  "follow.ts": [],
  "control-characters.ts": [],
  "header-name.ts": [],
  "server-weight.ts": ["config/schema.ts"],
  "member-url.ts": ["model.ts", "address.ts"],
  "duration.ts": [],
  "machine.ts": [],
  "hold.ts": ["clock.ts", "model.ts"],
  "log.ts": ["errors.ts", "control-characters.ts"],
};

/** Folders that touch the world. */
const ioFolders = ["apply", "dns", "discovery", "drove", "inputs", "records"];
/** Where things are built and joined; only here more than one of those folders meets another. */
const composition = ["main.ts", "gateway.ts", "driver.ts", "cli"];

/** Stages without I/O: the same input gives the same output, and nothing else happens. */
const pureFolders = ["desired", "guard", "insight", "plan", "render"];
const pureFiles = [
  "model.ts",
  "address.ts",
  "errors.ts",
  "memo.ts",
  "follow.ts",
  "control-characters.ts",
  "header-name.ts",
  "member-url.ts",
  "duration.ts",
  "quarantine/apps.ts",
  "quarantine/search.ts",
  "serving.ts",
  "server-weight.ts",
  "seeds.ts",
  "apply/haproxy-state.ts",
  "apply/haproxy-sync.ts",
  "apply/haproxy-weights.ts",
  "apply/ramp.ts",
  "apply/nginx-plus-answers.ts",
  "apply/nginx-plus-failure.ts",
  "config/changes.ts",
  "config/cross-check.ts",
  "config/environment-layer.ts",
  "config/environment.ts",
  "config/fields.ts",
  "config/keys.ts",
  "config/layer.ts",
  "config/locate.ts",
  "config/parse.ts",
  "config/schema.ts",
  "config/show.ts",
  "config/suggest.ts",
  "config/toml-document.ts",
  "config/toml-layer.ts",
  "config/validate.ts",
  "discovery/decide.ts",
  "discovery/same-watch.ts",
  "drove/envelope.ts",
  "drove/list-reader.ts",
  "drove/schema.ts",
  "status/board.ts",
  "status/health.ts",
  "status/known-state.ts",
  "status/probes.ts",
  "status/redact.ts",
];

/** Cycles that stand for a reason. */
const allowedCycles: readonly string[] = [];

function layerOf(path: string): string {
  return path.split("/")[0] ?? path;
}

function localImports(file: SourceFile): readonly Import[] {
  return file.imports.filter((one) => !one.isPackage && paths.has(one.from));
}

/** Fails with every complaint on a line of its own. */
function expectNone(complaints: readonly string[]): void {
  assert.equal(complaints.join("\n"), "");
}

describe("imports", () => {
  test("lead to files that are there", () => {
    const missing = (file: SourceFile) =>
      file.imports.filter((one) => !one.isPackage && !paths.has(one.from) && one.from !== "../package.json");
    expectNone(files.flatMap((file) => missing(file).map((one) => `${file.path} imports ${one.from}`)));
  });

  test("follow the order of the stages", () => {
    const isAllowed = (from: string, to: string) => {
      const rules = mayImport[layerOf(from)];
      if (rules === undefined || layerOf(from) === layerOf(to)) return true;
      return rules.some((rule) => (rule.endsWith("/") ? to.startsWith(rule) : to === rule));
    };
    expectNone(
      files.flatMap((file) =>
        localImports(file)
          .filter((one) => !isAllowed(file.path, one.from))
          .map((one) => `${file.path} must not import ${one.from}`),
      ),
    );
  });

  test("have a rule for every folder but the composition", () => {
    const folders = new Set(
      files
        .map((file) => file.path)
        .filter((path) => path.includes("/"))
        .map(layerOf),
    );
    const known = [...Object.keys(mayImport), ...composition];
    expectNone([...folders].filter((folder) => !known.includes(folder)).map((folder) => `${folder}/ has no rule`));
  });

  test("of the loop by what feeds it are types only", () => {
    const values = files
      .filter((file) => layerOf(file.path) === "inputs")
      .flatMap((file) => localImports(file).filter((one) => one.from === "agent.ts" && !one.isType))
      .map((one) => one.names.join(" "));
    expectNone(values);
  });

  test("of more than one I/O folder are for the composition", () => {
    const foldersOf = (file: SourceFile) =>
      new Set(
        localImports(file)
          .map((one) => layerOf(one.from))
          .filter((layer) => ioFolders.includes(layer) && layer !== layerOf(file.path)),
      );
    expectNone(
      files
        .filter((file) => !composition.includes(layerOf(file.path)))
        .filter((file) => foldersOf(file).size > 1)
        .map((file) => `${file.path} joins ${[...foldersOf(file)].join(" and ")}`),
    );
  });

  test("of drove are for discovery, and for the command line's recorded answers", () => {
    const others = files.filter((file) => !["drove", "discovery"].includes(layerOf(file.path)));
    const users = others.filter((file) => localImports(file).some((one) => layerOf(one.from) === "drove"));
    assert.deepEqual(
      users.map((file) => file.path),
      ["cli/recorded.ts"],
    );
  });

  test("have no cycles, types included", () => {
    const next = new Map(files.map((file) => [file.path, localImports(file).map((one) => one.from)]));
    const found = new Set<string>();
    for (const [from, all] of next)
      for (const to of all) if (reaches(next, { from: to, to: from })) found.add([from, to].sort().join(" "));
    expectNone([...found].filter((one) => !allowedCycles.includes(one)).map((one) => `cycle: ${one}`));
    expectNone(allowedCycles.filter((one) => !found.has(one)).map((one) => `is no cycle any more: ${one}`));
  });
});

function reaches(
  next: ReadonlyMap<string, readonly string[]>,
  { from, to }: { readonly from: string; readonly to: string },
): boolean {
  const seen = new Set<string>();
  const waiting = [from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (path === to) return true;
    if (seen.has(path)) continue;
    seen.add(path);
    waiting.push(...(next.get(path) ?? []));
  }
  return false;
}

describe("pure code", () => {
  const pure = files.filter((file) => pureFolders.includes(layerOf(file.path)) || pureFiles.includes(file.path));

  test("is where the list says", () => {
    expectNone(pureFiles.filter((path) => !paths.has(path)).map((path) => `${path} is not there`));
    assert.ok(pure.length > pureFiles.length);
  });

  test("imports nothing of Node but what tells IP addresses, and no logger", () => {
    const isIp = (one: Import) => one.from === "node:net" && one.names.every((name) => /^isIPv[46]$/.test(name));
    const bad = (one: Import) => (one.from.startsWith("node:") && !isIp(one)) || one.from === "log.ts";
    expectNone(pure.flatMap((file) => file.imports.filter(bad).map((one) => `${file.path} imports ${one.from}`)));
  });

  test("has no time, no chance, no process and no output", () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bprocess\.|\bconsole\.|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(/;
    expectNone(pure.flatMap((file) => impure.exec(file.code)?.map((match) => `${file.path} uses ${match}`) ?? []));
  });
});

describe("everywhere", () => {
  /** Complaints about each place in the code that matches, but for the files that may. */
  const complaints = (pattern: RegExp, { but = [] }: { readonly but?: readonly string[] } = {}) =>
    files
      .filter((file) => !but.includes(file.path) && !but.includes(layerOf(file.path)))
      .flatMap((file) => [...file.code.matchAll(pattern)].map((match) => `${file.path}: ${match[0].trim()}`));

  test("time and chance come from the clock", () => {
    // The deadline of a file operation is real time, whatever clock the loop goes by; so is a socket's patience.
    const but = ["clock.ts", "apply/disk.ts", "dns/responder.ts"];
    expectNone(
      complaints(/\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bset(?:Timeout|Interval)\(/g, {
        but,
      }),
    );
  });

  test("the environment and the arguments are read by the composition only", () => {
    // What a command inherits is no setting of ours.
    const but = [...composition, "apply/run-command.ts"];
    expectNone(complaints(/\bprocess\.(?:env|argv|exit|stdout|stderr|on)\b/g, { but }));
  });

  test("nothing is exported by default, and there are no enums, no `any` and no module's own variables", () => {
    expectNone(complaints(/^export default\b/gm));
    expectNone(complaints(/^(?:export |declare )*(?:const )?enum\b/gm));
    expectNone(complaints(/(?:[:<|]|\bas)\s*any\b/g));
    expectNone(complaints(/^(?:export )?(?:let|var)\b/gm));
  });

  test("nothing is asserted to be there", () => {
    expectNone(complaints(/[\w)\]]!(?=[.;,)[\]]|$)/gm));
  });
});

describe("size", () => {
  const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

  test("files have 300 lines at most, half of them 100", () => {
    expectNone(files.filter((one) => one.lines > 300).map((one) => `${one.path} has ${one.lines} lines`));
    assert.ok(median(files.map((file) => file.lines)) <= 100);
  });

  test("the engine of Go templates has 2,500 lines at most, and no file of it 400", () => {
    const engine = files.filter((one) => one.path.startsWith("render/go-template/"));
    expectNone(engine.filter((one) => one.lines > 400).map((one) => `${one.path} has ${one.lines} lines`));
    const total = engine.reduce((sum, one) => sum + one.lines, 0);
    assert.ok(total <= 2500, `it has ${total} lines`);
    assert.ok(engine.length > 10, "it is found");
  });

  test("functions have 60 lines of their own at most, half of them 12", () => {
    const functions = files.flatMap(functionsOf);
    expectNone(
      functions.filter((one) => one.lines > 60).map((one) => `${one.path}:${one.line} has ${one.lines} lines`),
    );
    assert.ok(median(functions.map((one) => one.lines)) <= 12);
    assert.ok(functions.length > files.length, "the scanner finds functions");
  });
});
