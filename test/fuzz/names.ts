import type { Fuzz } from "./result.ts";
export const fuzzNames: Fuzz = async () => ({ generated: 0, details: {} });
