/*
 * npm run bench [-- NAME...]      names: render go-template rest memory flat history convergence load throughput start
 *                                 haproxy-add haproxy-churn haproxy-rest haproxy-load haproxy-drain
 *                                 controllers nginx-plus
 *
 * Each figure stands beside its floor in the same run; only ratios mean something on another machine. `--nginx PATH`
 * takes another nginx than the one on the PATH, `--haproxy PATH` another HAProxy than 3.2 of Debian forky; `--seconds N`
 * makes haproxy-load shorter.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { benchControllers } from "./controllers.ts";
import { benchConvergence } from "./convergence.ts";
import { describeFigure, type Figure, holds } from "./figures.ts";
import { benchGoTemplate } from "./go-template.ts";
import { defaultHaproxy } from "./haproxy.ts";
import { benchHaproxyAdd } from "./haproxy-add.ts";
import { benchHaproxyChurn } from "./haproxy-churn.ts";
import { benchHaproxyDrain } from "./haproxy-drain.ts";
import { benchHaproxyLoad } from "./haproxy-load.ts";
import { benchHaproxyRest } from "./haproxy-rest.ts";
import { benchHistory } from "./history.ts";
import { benchLoad } from "./load.ts";
import { benchNginxPlus } from "./nginx-plus.ts";
import { benchRender } from "./render.ts";
import { benchFlatMemory, benchMemory, benchRest } from "./rest.ts";
import { benchStart } from "./start.ts";
import { benchThroughput } from "./throughput.ts";

const argv = process.argv.slice(2);
const nginx = option("--nginx") ?? "nginx";
const haproxy = option("--haproxy");
const seconds = option("--seconds") ?? "60";
const haproxyProgram = () => haproxy ?? defaultHaproxy();

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
  controllers: () => benchControllers(),
  start: () => benchStart(),
  flat: benchFlatMemory,
  history: benchHistory,
  "haproxy-add": async () => [
    ...(await benchHaproxyAdd(haproxyProgram(), 10)),
    ...(await benchHaproxyAdd(haproxyProgram(), 1000)),
  ],
  "haproxy-churn": () => benchHaproxyChurn(haproxyProgram()),
  "haproxy-rest": () => benchHaproxyRest(haproxyProgram()),
  "haproxy-load": () => benchHaproxyLoad(haproxyProgram(), Number(seconds)),
  "haproxy-drain": () => benchHaproxyDrain(haproxyProgram()),
  "nginx-plus": () => benchNginxPlus(),
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

/** Takes an option and its value off the arguments. */
function option(name: string): string | undefined {
  const at = argv.indexOf(name);
  return at < 0 ? undefined : argv.splice(at, 2)[1];
}
