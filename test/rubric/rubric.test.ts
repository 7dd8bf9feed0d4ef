// Fills in the working group's rubric by running it, and writes docs/rubric.md. Where a verdict or a number of
// requests changes this fails; with `-u` it writes the page again, and the difference is there to be read.
import { expect, test, vi } from 'vitest'
import * as strategies from '../../src/strategies/index.ts'
import { writePage } from './_page.ts'
import { runPlaces } from './_run.ts'
import { embedded } from './places.ts'
import { stories } from './stories.ts'

vi.setConfig({ testTimeout: 120_000 })

const places = [
  embedded('every API', 'On a registry with the API of every proposal'),
  embedded(
    'docker-registry 2.8',
    'On a registry with none of them, such as docker-registry 2.8',
    'distribution2',
  ),
]
const ways = (Object.values(strategies) as (() => strategies.Strategy)[]).map((make) => make())

// Where the machine stalls for longer than the window of a shared tag, the tag is rightly read again.
test('what comes of each story by each way of linking is what the page says', {
  retry: 2,
}, async () => {
  const columns = await runPlaces(places, ways, stories)
  const page = writePage({ places, strategies: ways, stories, columns })
  await expect(page).toMatchFileSnapshot('../../docs/rubric.md')
})

test('there is a scenario for each of the 26 stories', () => {
  const count = (group: string, stories: number) =>
    Array.from({ length: stories }, (_, i) => `${group}.${i + 1}`)
  const wanted = [...count('F', 6), ...count('B', 7), ...count('C', 13)]
  expect(stories.map(({ id }) => id)).toEqual(wanted)
})
