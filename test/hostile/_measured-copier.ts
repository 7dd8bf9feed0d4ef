// Copies `team/app:v1` from one host to another in a process of its own, and prints by how many bytes that process grew.
import { copy, repository } from '../../src/index.ts'

const [source, target] = process.argv.slice(2)
const repositoryAt = (host: string | undefined, name: string) => repository(`${host}/${name}`)

// What any copy needs is there before: modules, the first connections.
await copy(repositoryAt(source, 'team/small'), 'v1', repositoryAt(target, 'team/small'))
globalThis.gc?.()
const before = process.memoryUsage.rss()
let most = before
const timer = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, 20)
const report = await copy(repositoryAt(source, 'team/app'), 'v1', repositoryAt(target, 'team/app'))
clearInterval(timer)
most = Math.max(most, process.memoryUsage.rss())
console.log(JSON.stringify({ complete: report.complete, growth: most - before }))
