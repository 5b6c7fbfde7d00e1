/*
 * npm run bench [-- NAME...]      names: render go-template rest memory flat convergence load throughput start
 *
 * Each figure stands beside its floor in the same run; only ratios mean something on another machine. `--nginx PATH`
 * takes another nginx than the one on the PATH.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { benchConvergence } from "./convergence.ts";
import { describeFigure, type Figure, holds } from "./figures.ts";
import { benchGoTemplate } from "./go-template.ts";
import { benchLoad } from "./load.ts";
import { benchRender } from "./render.ts";
import { benchFlatMemory, benchMemory, benchRest } from "./rest.ts";
import { benchStart } from "./start.ts";
import { benchThroughput } from "./throughput.ts";

const argv = process.argv.slice(2);
const at = argv.indexOf("--nginx");
const nginx = at < 0 ? "nginx" : (argv.splice(at, 2)[1] ?? "nginx");

const benches: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  render: benchRender,
  "go-template": benchGoTemplate,
  rest: () => benchRest(nginx),
  memory: () => benchMemory(nginx),
  convergence: async () => [
    ...(await benchConvergence(nginx, 10)),
    ...(await benchConvergence(nginx, 1000)),
    ...(await benchConvergence(nginx, 5000)),
  ],
  throughput: () => benchThroughput(nginx),
  load: () => benchLoad(),
  start: () => benchStart(),
  flat: benchFlatMemory,
};

const names = argv.length > 0 ? argv : Object.keys(benches);
process.env["PATH"] = `${process.env["PATH"]}:/usr/sbin`;
execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
console.log(`${availableParallelism()} cores, Node ${process.version}`);
let missed = 0;
for (const name of names) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`no bench ${name}; there are ${Object.keys(benches).join(" ")}`);
  console.log(`\n${name}`);
  for (const figure of await bench()) {
    console.log(describeFigure(figure));
    missed += Number(!holds(figure));
  }
}
process.exitCode = missed > 0 ? 1 : 0;
