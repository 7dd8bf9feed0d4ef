import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurnEnd } from '../../../src/node/serve/turn-end.ts'

test('all that wait in one turn go on together at its end, and others in the next one', async () => {
  const endOfTurn = createTurnEnd()
  const order: string[] = []
  const wait = (name: string) => endOfTurn().then(() => order.push(name))
  wait('first')
  await Promise.resolve()
  wait('second')
  order.push('the work of the turn')
  await nextTurn()
  expect(order).toEqual(['the work of the turn', 'first', 'second'])
  wait('third')
  expect(order).toHaveLength(3)
  await nextTurn()
  expect(order).toHaveLength(4)
})
