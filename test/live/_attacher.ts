// One of the processes of concurrent.test.ts. It says `ready`, waits until it is told to go, and
// attaches artifacts to a subject that the other processes attach to as well.
import { setTimeout as sleep } from 'node:timers/promises'
import { attach, repository } from '../../src/index.ts'
import { cosignTags, ociSubject } from '../../src/strategies/index.ts'

export interface Order {
  /** `host/name` */
  readonly repository: string
  readonly subject: string
  /** Tells this process's artifacts from the others'. */
  readonly name: string
  readonly attaches: number
  /** All attaches of this process begin together, instead of one after the other. */
  readonly atOnce: boolean
  /** Into cosign's tag, instead of the referrers tag. */
  readonly cosign?: boolean | undefined
  /** Every second request waits up to so many milliseconds before it is sent. */
  readonly maxDelay: number
}

export interface Outcome {
  /** The artifact's annotation. */
  readonly name?: string | undefined
  readonly digest?: string | undefined
  readonly confirmed?: boolean | undefined
  readonly error?: string | undefined
}

const order: Order = JSON.parse(process.argv[2] ?? '')

let requests = 0
async function delayingFetch(request: Request): Promise<Response> {
  requests += 1
  if (requests % 2 === 0) await sleep(Math.random() * order.maxDelay)
  return fetch(request)
}

async function attachAll(): Promise<Outcome[]> {
  const options = order.maxDelay > 0 ? { fetch: delayingFetch } : {}
  const app = repository(order.repository, options)
  const attachOne = async (i: number): Promise<Outcome> => {
    try {
      const name = `${order.name}-${i}`
      const artifact = {
        artifactType: 'application/vnd.example.report',
        blobs: [{ data: `report ${i} of ${order.name}`, mediaType: 'text/plain' }],
        annotations: { 'com.example.report': name },
      }
      const strategy = order.cosign ? cosignTags({ suffix: 'report' }) : ociSubject()
      const { digest, confirmed } = await attach(app, order.subject, artifact, { strategy })
      return { name, digest, confirmed }
    } catch (error) {
      return { error: error instanceof Error ? (error.stack ?? error.message) : `${error}` }
    }
  }
  const numbers = Array.from({ length: order.attaches }, (_, i) => i)
  if (order.atOnce) return Promise.all(numbers.map(attachOne))
  const outcomes: Outcome[] = []
  for (const i of numbers) outcomes.push(await attachOne(i))
  return outcomes
}

process.once('message', async () => {
  const outcomes = await attachAll()
  process.send?.(outcomes, () => process.disconnect())
})
process.send?.('ready')
