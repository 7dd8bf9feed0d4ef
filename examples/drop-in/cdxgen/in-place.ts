// Puts oci.ts in the place of cdxgen's own, in programs that are started with `node --import ./in-place.ts`.
import { registerHooks } from 'node:module'

const theirs = '/@cyclonedx/cdxgen/lib/managers/oci.js'
const ours = new URL('oci.ts', import.meta.url).href

registerHooks({
  resolve(name, context, next) {
    const found = next(name, context)
    return found.url.endsWith(theirs) ? next(ours, context) : found
  },
})
