// What each process of a storm does.

/** What a process of a storm is told. */
export interface Order {
  /** Path of the module that attaches. */
  readonly module: string
  /** `host/name@digest` */
  readonly image: string
  /** Tells this process's artifacts from the others'. */
  readonly name: string
  readonly attaches: number
}

/** What became of one attach. */
export interface Outcome {
  readonly digest?: string
  readonly error?: string
}

/** In a process of a storm: says `ready`, waits until it is told to go, and attaches all at once. */
export function standBy(order: Order, attachOne: (name: string) => Promise<string>): void {
  const outcomeOf = async (_: unknown, i: number): Promise<Outcome> => {
    try {
      return { digest: await attachOne(`${order.name}-${i}`) }
    } catch (error) {
      return { error: error instanceof Error ? (error.stack ?? error.message) : `${error}` }
    }
  }
  process.once('message', async () => {
    const outcomes = await Promise.all(Array.from({ length: order.attaches }, outcomeOf))
    process.send?.(outcomes, () => process.disconnect())
  })
  process.send?.('ready')
}
