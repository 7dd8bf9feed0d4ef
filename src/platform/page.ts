/**
 * The one place that looks at the runtime.
 *
 * @module
 */

/**
 * Whether this is a browser page or one of its workers: there User-Agent is not ours to set, answers
 * hide headers, and a long `Accept` costs a preflight. Other runtimes do not call themselves Mozilla.
 */
export function isPage(): boolean {
  return globalThis.navigator?.userAgent?.startsWith('Mozilla/5.0 ') ?? false
}

/** Whether this is Node itself, and no runtime that is compatible with it. */
export function isNode(): boolean {
  return globalThis.navigator?.userAgent?.startsWith('Node.js/') ?? false
}
