import manifest from "../../package.json" with { type: "json" };

declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;
declare const BUILD_DATE: string | undefined;

/** What was built, from which source and when. The bundler fills in what a checkout does not know. */
export const build = {
  version: typeof BUILD_VERSION === "string" && BUILD_VERSION !== "" ? BUILD_VERSION : manifest.version,
  commit: typeof BUILD_COMMIT === "string" && BUILD_COMMIT !== "" ? BUILD_COMMIT : "unknown",
  date: typeof BUILD_DATE === "string" && BUILD_DATE !== "" ? BUILD_DATE : "unknown",
} as const;

/** The three lines of `nixy -v` and of `GET /`. */
export function versionText(): string {
  return `version: ${build.version}\ncommit: ${build.commit}\ndate: ${build.date}\n`;
}
