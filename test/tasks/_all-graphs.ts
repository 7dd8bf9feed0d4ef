// Every small graph of images, indexes and artifacts there is, each once: those that differ by the numbers of their
// nodes only are one.

/** A node; `of` are earlier ones. */
export type Node =
  | { readonly is: 'image' }
  | { readonly is: 'index'; readonly of: readonly number[] }
  | {
      readonly is: 'artifact'
      /** What it is attached to; of two the second one by a tag. */
      readonly of: readonly number[]
      readonly way: number
    }

export type Nodes = readonly Node[]

/** What graphs are made of. */
export interface Kinds {
  /** By how many ways artifacts are linked; each mixture of them counts. */
  readonly ways: number
  /** The way that links by a tag, where artifacts may be attached to two manifests. */
  readonly tagWay?: number
}

/** All that the node of this number can be. */
function* kindsOf(i: number, { ways, tagWay }: Kinds): Generator<Node> {
  yield { is: 'image' }
  for (let members = 1; members < 1 << i; members++) yield { is: 'index', of: numbersIn(members) }
  for (let way = 0; way < ways; way++) {
    for (let a = 0; a < i; a++) yield { is: 'artifact', of: [a], way }
  }
  if (tagWay === undefined) return
  for (let way = 0; way < ways; way++) {
    for (let a = 0; a < i; a++) {
      for (let b = 0; b < i; b++) {
        // By two tags it is the same in both orders.
        if (way === tagWay ? a < b : a !== b) yield { is: 'artifact', of: [a, b], way }
      }
    }
  }
}

/** Numbers of the bits that are set. */
export function numbersIn(bits: number): readonly number[] {
  const numbers: number[] = []
  for (let i = 0; bits >> i > 0; i++) if (bits & (1 << i)) numbers.push(i)
  return numbers
}

/** All graphs of so many nodes. */
export function graphsOf(size: number, kinds: Kinds): readonly Nodes[] {
  if (size === 0) return [[]]
  const orders = ordersOf(size)
  const found = new Map<string, Nodes>()
  // Without its last node a graph is one of the smaller ones.
  for (const before of graphsOf(size - 1, kinds)) {
    for (const node of kindsOf(size - 1, kinds)) {
      const nodes = [...before, node]
      const key = orders.reduce((least, order) => {
        const text = textOf(nodes, order, kinds)
        return least === '' || text < least ? text : least
      }, '')
      if (!found.has(key)) found.set(key, nodes)
    }
  }
  return [...found.values()]
}

/** The other numbers that the nodes may have and the graph stays the same. */
export function symmetriesOf(nodes: Nodes, kinds: Kinds): readonly (readonly number[])[] {
  const orders = ordersOf(nodes.length)
  const own = textOf(nodes, [...nodes.keys()], kinds)
  return orders.filter((order) => textOf(nodes, order, kinds) === own)
}

/**
 * Every set of nodes, as bits, with each node; those that a symmetry turns into each other once.
 *
 * @param nodes - one for each node that may be chosen
 */
export function* choicesOf(
  symmetries: readonly (readonly number[])[],
  chosen: readonly number[],
  size: number,
): Generator<{ readonly set: number; readonly one: number }> {
  for (const one of chosen) {
    for (let set = 0; set < 1 << size; set++) {
      const key = set * size + one
      if (symmetries.every((order) => turn(set, order) * size + order[one]! >= key)) {
        yield { set, one }
      }
    }
  }
}

/** A set of nodes, as bits, with other numbers. */
export function turn(set: number, order: readonly number[]): number {
  return numbersIn(set).reduce((bits, i) => bits | (1 << order[i]!), 0)
}

const known = new Map<number, readonly (readonly number[])[]>()

function ordersOf(size: number): readonly (readonly number[])[] {
  const orders =
    known.get(size) ??
    (size === 0
      ? [[]]
      : ordersOf(size - 1).flatMap((order) =>
          Array.from({ length: size }, (_, at) => order.toSpliced(at, 0, size - 1)),
        ))
  known.set(size, orders)
  return orders
}

/** The graph as text, with other numbers. */
function textOf(nodes: Nodes, order: readonly number[], { tagWay }: Kinds): string {
  const texts: string[] = []
  for (const [i, node] of nodes.entries()) {
    const of = node.is === 'image' ? [] : node.of.map((j) => order[j]!)
    const isSet = node.is !== 'artifact' || node.way === tagWay
    texts[order[i]!] =
      `${node.is}${isSet ? of.sort() : of}${node.is === 'artifact' ? `w${node.way}` : ''}`
  }
  return texts.join(' ')
}

const began = process.cpuUsage()

/** With `MODEL_NODES` that was given by hand: how many cases there were. */
export function sayCount(what: string, count: number): void {
  const seconds = Math.round(process.cpuUsage(began).user / 1e6)
  if (process.env.MODEL_NODES)
    console.log(`${what}: ${count} cases, ${seconds} s of processor time so far`)
}
