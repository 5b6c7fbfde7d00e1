import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** One of the HAProxys that everything is tested with. */
export interface HaproxyVersion {
  /** `3.0`, as it stands in names of tests. */
  readonly name: string;
  readonly program: string;
}

/** HAProxy 3.0 and 3.2, unpacked by test/haproxy-versions.sh; that takes no time if they are there already. */
export const haproxyVersions: readonly HaproxyVersion[] = findVersions();

function findVersions(): readonly HaproxyVersion[] {
  const script = join(import.meta.dirname, "..", "..", "haproxy-versions.sh");
  const lines = execFileSync("bash", [script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const programs = [...lines.matchAll(/^\S+ (.+)$/gm)].map((match) => match[1] ?? "");
  if (programs.length !== 2) throw new Error(`${script} names not two programs: ${lines}`);
  return programs.map((program) => ({ name: versionOf(program), program }));
}

function versionOf(program: string): string {
  const said = execFileSync(program, ["-v"], { encoding: "utf8" });
  return /^HAProxy version (\d+\.\d+)/.exec(said)?.[1] ?? said;
}
