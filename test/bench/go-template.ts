import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../agent/config/parse.ts";
import { buildDesired } from "../../agent/desired/build.ts";
import { buildTemplateData } from "../../agent/render/data.ts";
import { goEngine } from "../../agent/render/go.ts";
import { manyApps } from "../fake/exposed-app.ts";
import { type Figure, median } from "./figures.ts";
import { parseLong, templatePath } from "./go-template/long-template.ts";

const folder = join(import.meta.dirname, "go-template");
const rounds = 30;
const turns = 8;
const compiler = "go";

/** Go templates: 1000 vhosts × 10 instances, beside Go's own text/template where Go is installed; and parsing. */
export async function benchGoTemplate(): Promise<readonly Figure[]> {
  const scratch = mkdtempSync(join(tmpdir(), "go-template-"));
  try {
    return [renderFigure(scratch), ...parseFigures()];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Ours and Go's take turns, so that what else the machine does meets both. */
function renderFigure(scratch: string): Figure {
  const data = benchData();
  const delimiters = { leftDelimiter: "{{", rightDelimiter: "}}" };
  const source = { path: templatePath, text: readFileSync(templatePath, "utf8"), partials: [] };
  const template = goEngine.compile(source, delimiters);
  const world = { now: () => 0, environment: {}, timeZone: "UTC" };
  const renderOnce = () => template.render(data, world);
  const text = renderOnce();
  const go = goRenderer(scratch, { data, text });
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    for (let round = 0; round < rounds; round++) ours.push(timed(renderOnce));
    theirs.push(...(go?.() ?? []));
  }
  const base = { name: "Go template 1000 × 10 (floor: Go's own)", unit: "ms", ours: median(ours), sense: "at-most" };
  if (go === undefined) console.log("  (Go is not installed: no floor)");
  return go === undefined
    ? { ...base, sense: "at-most", floor: undefined, limit: 18 }
    : { ...base, sense: "at-most", floor: median(theirs), limit: 1 };
}

function benchData() {
  const { config } = parseConfig('[[namespaces]]\nname = "bench"\ndrove = ["http://127.0.0.1:1"]\n', "bench.toml");
  const apps = manyApps(1000, { hostsPerApp: 10 }).map((app) => ({ ...app, tags: {} }));
  const source = "controller" as const;
  const snapshot = { namespace: "bench", apps, notes: [], leader: undefined, fetchedAt: 0, source };
  const desired = buildDesired([snapshot], config.namespaces).value;
  const addresses = new Map(
    desired.vhosts.flatMap((vhost) => vhost.members.map((member) => [member.host, member.host])),
  );
  return buildTemplateData({
    config,
    desired,
    backends: [],
    configFolder: "/",
    addresses,
    proxyVersion: "1.30.6",
    ipv6: true,
    asksByDns: false,
  });
}

/** Renders so many rounds with Go and gives their times; undefined without Go. Throws if Go's text is another. */
function goRenderer(scratch: string, { data, text }: { readonly data: unknown; readonly text: string }) {
  const [program, json, out] = ["go-template", "data.json", "out"].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  try {
    execFileSync(compiler, ["build", "-o", program, "."], { cwd: folder, stdio: "pipe" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  writeFileSync(json, JSON.stringify(data));
  return (): readonly number[] => {
    const printed = execFileSync(program, [templatePath, json, out, String(rounds)], { encoding: "utf8" });
    if (readFileSync(out, "utf8") !== text) throw new Error("Go renders another text than we do");
    return JSON.parse(printed);
  };
}

/** A template of 2,000 lines: by fresh processes, of which the luckiest counts, and over and over. */
function parseFigures(): readonly Figure[] {
  const script = join(folder, "first-parse.ts");
  const first = Array.from({ length: 5 }, () => Number(execFileSync(process.execPath, [script], { encoding: "utf8" })));
  const times = Array.from({ length: rounds }, () => timed(parseLong));
  const base = { unit: "ms", floor: undefined, limit: 50, sense: "at-most" as const };
  return [
    { ...base, name: "Go template of 2,000 lines: first parse of a process", ours: Math.min(...first) },
    { ...base, name: "Go template of 2,000 lines: parse", ours: median(times) },
  ];
}

function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
