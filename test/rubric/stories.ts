// Every story of the working group, in its order.
import { find } from './find.ts'
import { keep } from './keep.ts'
import { move } from './move.ts'
import { runtimes } from './runtimes.ts'
import type { Scenario } from './scenario.ts'
import { together } from './together.ts'
import { trust } from './trust.ts'
import { write } from './write.ts'

const groups = ['F', 'B', 'C']
const rank = ({ id }: Scenario) => {
  const [group, number] = id.split('.')
  return groups.indexOf(group!) * 100 + Number(number)
}

export const stories: readonly Scenario[] = [
  ...find,
  ...runtimes,
  ...move,
  ...write,
  ...together,
  ...trust,
  ...keep,
].sort((a, b) => rank(a) - rank(b))
