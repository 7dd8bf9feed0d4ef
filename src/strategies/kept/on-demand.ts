/**
 * What kept links need now and then, behind one `import()`: each of its own would have a bundler cut
 * what a page loads first into more pieces.
 *
 * @module
 */
export { learnTypeFilter } from './type-filter.ts'
export { changeEntry, readTagAhead, withdrawLink } from './withdraw.ts'
