// Loads Node's own modules where they are first used, for esbuild: the program's one file would load all of them at its
// start, which takes longer than most of what it is asked for.

const namespace = 'builtin'

/** A plugin for a bundle that runs in Node and has a `require`. */
export function lazyBuiltins() {
  return {
    name: 'lazy-builtins',
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path, namespace: from }) =>
        from === namespace ? { path, external: true } : { path, namespace },
      )
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)})`,
      }))
    },
  }
}
