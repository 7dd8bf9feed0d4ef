/**
 * The other place that looks at the runtime, apart from page.ts since a page loads that first.
 *
 * @module
 */

/** Whether this is Node itself, and no runtime that is compatible with it. */
export function isNode(): boolean {
  return globalThis.navigator?.userAgent?.startsWith('Node.js/') ?? false
}
