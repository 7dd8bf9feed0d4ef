// A process that copies, and is killed by itself at one of its requests: as by `kill -9`, nothing is put in order.
// Usage: _killed-copier.ts <host of the source> <directory of a layout, or host:<host of a registry>> <request, or 0>
import { copy, type Fetch, repository } from '../../src/index.ts'
import { layout } from '../../src/node/index.ts'

const [source = '', target = '', nth = '0'] = process.argv.slice(2)
let count = 0

/** Dies before the request is sent, or while it is answered. */
function deadly(inner: Fetch): Fetch {
  return async (request) => {
    if (++count !== Number(nth)) return inner(request)
    if (count % 2 === 0) inner(request).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, count % 5))
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => {})
  }
}

const host = /^host:(.*)/.exec(target)?.[1]
const box = host === undefined ? await layout(target) : undefined
// A layout goes by the name that is given first.
box?.repository('team/app')
const from = repository(`${source}/team/app`, { fetch: deadly(fetch) })
const to = repository(`${host ?? 'box.invalid'}/team/app`, { fetch: deadly(box?.fetch ?? fetch) })
const report = await copy(from, 'v1', to, { referrers: true, depth: 2, settle: 0 })
await box?.close()
console.log(JSON.stringify({ count, complete: report.complete }))
