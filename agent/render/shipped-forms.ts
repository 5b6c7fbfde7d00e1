import type { Eta } from "eta/core";

/** A template as Eta compiles it. */
export type EtaFunction = (this: Eta, data?: object, options?: { filepath?: string }) => string;

/**
 * The shipped templates as Eta compiles them, by their text. None in a checkout: this file is what the bundle has another
 * one for, see `imports` of package.json and image/compile-templates.ts.
 */
export const shippedForms: ReadonlyMap<string, EtaFunction> = new Map();
