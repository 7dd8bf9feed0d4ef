import { expect, test } from 'vitest'
import { warn } from '../../src/registry/repository.ts'
import { withoutList } from '../../src/registry/without-list.ts'
import { empty, fakeRepository } from './_registry.ts'

test('withoutList() has no list and no warnings, and nothing is learnt of it', () => {
  const warnings: unknown[] = []
  const { repo } = fakeRepository(() => empty(200), { onWarning: (event) => warnings.push(event) })
  const view = withoutList(repo, 'referrersApi')
  expect(view.capabilities.referrersApi).toBe('unsupported')
  expect(repo.capabilities.referrersApi).toBe('unknown')
  warn(view, 'not heard')
  warn(repo, 'heard')
  expect(warnings).toEqual([{ message: 'heard' }])
})
