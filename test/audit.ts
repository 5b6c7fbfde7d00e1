/*
 * node test/audit.ts: are there known vulnerabilities in what the product is built of? Asks the npm registry about the
 * packages that are not for development only. A vulnerability fails; a registry that cannot be asked is told, loudly,
 * and fails nothing: it says nothing about the packages.
 */
import { spawnSync } from "node:child_process";
import * as v from "valibot";

const { stdout, stderr } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8" });
const severities = ["info", "low", "moderate", "high", "critical"] as const;
const counts = v.object(v.entriesFromList(severities, v.number()));
const report = v.safeParse(v.object({ metadata: v.object({ vulnerabilities: counts }) }), parsed(stdout));
if (report.success) {
  const found = severities.map((one) => [one, report.output.metadata.vulnerabilities[one]] as const);
  const told = found.filter(([, count]) => count > 0).map(([severity, count]) => `${count} ${severity}`);
  console.log(`audit of dependencies: ${told.join(", ") || "no known vulnerability"}`);
  if (told.length > 0) console.log(stdout);
  process.exitCode = told.length > 0 ? 1 : 0;
} else {
  const why = /^npm (?:error|warn audit) .*$/m.exec(stderr)?.[0] ?? "npm gave no report";
  console.log(`WARNING: the dependencies were NOT audited: the registry gives no audit (${why})`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
