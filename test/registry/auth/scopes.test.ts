import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addScopes,
  coversScopes,
  formatScope,
  formatScopes,
  parseScopes,
  repositoryScopes,
} from '../../../src/registry/auth/scopes.ts'

test('writes actions and resources in a stable order', () => {
  expect(formatScope(repositoryScopes('team/app', ['push', 'pull']))).toEqual([
    'repository:team/app:pull,push',
  ])
  expect(
    formatScopes(parseScopes('repository:b:push,pull registry:catalog:* repository:a:pull')),
  ).toBe('registry:catalog:* repository:a:pull repository:b:pull,push')
})

test.each(['', ' ', 'x', ':', ':pull', 'a b'])('reads no scope in %j', (text) => {
  expect(parseScopes(text).size).toBe(0)
})

test('reads no scope where there is none', () => {
  expect(parseScopes(undefined).size).toBe(0)
})

test('reads back any scopes it writes', () => {
  const name = fc.stringMatching(/^[a-z0-9]+(\/[a-z0-9]+)*$/)
  const actions = fc.uniqueArray(fc.constantFrom('pull', 'push', 'delete', '*'), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(fc.tuple(name, actions)), (all) => {
      const scopes = all
        .map(([name, actions]) => repositoryScopes(name, actions))
        .reduce((sum, more) => addScopes(sum, more), parseScopes(''))
      expect(parseScopes(formatScopes(scopes))).toEqual(scopes)
    }),
  )
})

describe('addScopes', () => {
  const pull = repositoryScopes('a', ['pull'])

  test('joins actions of one resource and adds other resources', () => {
    const both = addScopes(
      addScopes(pull, repositoryScopes('a', ['push'])),
      repositoryScopes('b', ['pull']),
    )
    expect(formatScopes(both)).toBe('repository:a:pull,push repository:b:pull')
    expect(formatScopes(pull)).toBe('repository:a:pull')
  })

  test("leaves out a challenge's placeholder for another repository", () => {
    const told = parseScopes('repository:user/image:pull repository:a:delete')
    expect(formatScopes(addScopes(pull, told, pull))).toBe('repository:a:delete,pull')
  })
})

test.each([
  ['repository:a:pull,push', 'repository:a:pull', true],
  ['repository:a:pull,push', 'repository:a:pull,push', true],
  ['repository:a:pull', 'repository:a:pull,push', false],
  ['repository:a:*', 'repository:a:pull,push,delete', true],
  ['repository:a:pull repository:b:pull', 'repository:b:pull', true],
  ['repository:a:pull', 'repository:b:pull', false],
  ['repository:a:pull', 'repository:a:pull repository:b:pull', false],
  ['', 'repository:a:pull', false],
])('a token for "%s" serves "%s": %s', (have, need, serves) => {
  expect(coversScopes(parseScopes(have), parseScopes(need))).toBe(serves)
})
