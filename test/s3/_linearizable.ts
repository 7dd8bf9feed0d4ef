// Whether what clients were answered could have come from one registry that did one thing after the other
// (J. Wing, C. Gong, "Testing and Verifying Concurrent Objects", 1993). Small histories: all orders are tried.

/** One request, from when it was sent to when it was answered. */
export interface Done<Op> {
  readonly op: Op
  readonly result: string
  readonly from: number
  readonly to: number
}

/**
 * Whether there is an order that respects time, in which the model gives each result.
 *
 * @param step - the state after an operation and its result; a state is plain data
 */
export function isLinearizable<Op, State>(
  history: readonly Done<Op>[],
  start: State,
  step: (state: State, op: Op) => { readonly state: State; readonly result: string },
): boolean {
  const seen = new Set<string>()
  const search = (left: readonly Done<Op>[], state: State): boolean => {
    if (left.length === 0) return true
    const key = `${left.map((one) => history.indexOf(one)).join()} ${JSON.stringify(state)}`
    if (seen.has(key)) return false
    seen.add(key)
    const first = Math.min(...left.map(({ to }) => to))
    return left.some((one) => {
      if (one.from > first) return false
      const next = step(state, one.op)
      return (
        next.result === one.result &&
        search(
          left.filter((other) => other !== one),
          next.state,
        )
      )
    })
  }
  return search(history, start)
}
