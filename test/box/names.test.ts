import { expect, test } from 'vitest'
import type { BoxEntry } from '../../src/box/entries.ts'
import { namesOf } from '../../src/box/names.ts'
import type { Digest } from '../../src/model/digest.ts'
import { IMAGE } from './_layout.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const entry = (letter: string, tag?: string, repository?: string): BoxEntry => ({
  descriptor: { mediaType: IMAGE, digest: digest(letter), size: 1 },
  tag,
  repository,
})
const names = (...entries: BoxEntry[]) => namesOf(entries, 'test.tar')

test('a layout that names no repository goes by whichever name', () => {
  const found = names(entry('a', 'v1'), entry('b'))
  expect(found.pathOf('team/app')).toBe('team/app')
  expect(found.pathOf(undefined)).toBe('layout')
  for (const path of ['team/app', 'other', 'layout']) {
    expect(found.tagsOf(path)?.get('v1')).toBe(digest('a'))
  }
})

test('a layout that names one goes by it, by whichever name, and without', () => {
  const found = names(entry('a', 'v1', 'localhost:5000/team/app'))
  for (const name of [undefined, 'team/app', 'localhost:5000/team/app']) {
    expect(found.pathOf(name)).toBe('team/app')
  }
  expect(found.pathOf('other')).toBe('other')
  expect(found.tagsOf('other')?.get('v1')).toBe(digest('a'))
})

test('each of several repositories has its own tags, and those that name none', () => {
  const found = names(
    entry('a', 'v1', 'docker.io/library/alpine'),
    entry('b', 'v1', 'ghcr.io/team/app'),
    entry('c', 'both'),
    entry('d', 'v1'),
  )
  expect(found.known).toEqual(['docker.io/library/alpine', 'ghcr.io/team/app'])
  for (const name of ['alpine', 'library/alpine', 'docker.io/library/alpine']) {
    expect(found.pathOf(name)).toBe('library/alpine')
  }
  expect(found.tagsOf('library/alpine')?.get('v1')).toBe(digest('a'))
  expect(found.tagsOf('team/app')?.get('v1')).toBe(digest('b'))
  expect(found.tagsOf('team/app')?.get('both')).toBe(digest('c'))
  expect(found.tagsOf('other')).toBeUndefined()
})

test('says which there are where the name is none of several', () => {
  const found = names(entry('a', 'v1', 'ghcr.io/a/b'), entry('b', 'v1', 'ghcr.io/c/d'))
  for (const name of [undefined, 'e/f', 'd', 'Not a name']) {
    expect(() => found.pathOf(name)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        path: 'name',
        message: expect.stringContaining('ghcr.io/a/b, ghcr.io/c/d, which test.tar holds'),
      }),
    )
  }
})

test('the same name on two hosts is told apart by the host', () => {
  const found = names(entry('a', 'v1', 'localhost:5000/app'), entry('b', 'v1', 'ghcr.io/app'))
  const local = found.pathOf('localhost:5000/app')
  const remote = found.pathOf('ghcr.io/app')
  expect(found.tagsOf(local)?.get('v1')).toBe(digest('a'))
  expect(found.tagsOf(remote)?.get('v1')).toBe(digest('b'))
  expect(() => found.pathOf('app')).toThrow('one of')
})

test('the first entry of a tag counts', () => {
  expect(names(entry('a', 'v1'), entry('b', 'v1')).tagsOf('x')?.get('v1')).toBe(digest('a'))
})
