// Every call says how to make a repository, where it is given something else: before any request, and not by a crash.
import { describe, expect, test } from 'vitest'
import * as api from '../../src/index.ts'
import { ociSubject } from '../../src/strategies/index.ts'
import { all } from '../_image.ts'

const digest = `sha256:${'a'.repeat(64)}`
const app = api.repository('r.test/app', { fetch: () => expect.fail('a request was sent') })
const note = { artifactType: 'application/vnd.example.note', blobs: [] }
const certificate = { version: 1, repository: 'r.test/app' } as api.Certificate

const calls: Record<string, (repo: api.Repository) => unknown> = {
  attach: (repo) => api.attach(repo, 'v1', note),
  link: (repo) => api.link(repo, 'v1', [note]),
  detach: (repo) => api.detach(repo, 'v1', digest),
  referrers: (repo) => all(api.referrers(repo, 'v1')),
  hasReferrer: (repo) => api.hasReferrer(repo, 'v1'),
  discover: (repo) => api.discover(repo, 'v1'),
  platforms: (repo) => api.platforms(repo, 'v1'),
  graph: (repo) => api.graph(repo),
  prune: (repo) => api.prune(repo),
  remove: (repo) => api.remove(repo, 'v1'),
  repair: (repo) => api.repair(repo, 'v1'),
  'copy from': (repo) => api.copy(repo, 'v1', app),
  'copy to': (repo) => api.copy(app, 'v1', repo),
  'diff here': (repo) => api.diff(repo, 'v1', app, 'v1'),
  'diff there': (repo) => api.diff(app, 'v1', repo, 'v1'),
  artifacts: (repo) => all(api.artifacts(repo, 'v1') as never),
  readArtifact: (repo) => api.readArtifact(repo, 'v1'),
  statements: (repo) => all(api.statements(repo, 'v1') as never),
  convert: (repo) => api.convert(repo, 'v1', { to: ociSubject() }),
  verifyConversion: (repo) => api.verifyConversion(repo, certificate),
  detect: (repo) => api.detect(repo),
  tags: (repo) => all(api.tags(repo)),
  sibling: async (repo) => api.sibling(repo, 'other'),
}

describe.each(Object.entries(calls))('%s()', (_, call) => {
  test.each([undefined, null, 'r.test/app', {}, { registry: 'r.test', name: 'app' }, { ...app }])(
    'says of %j how to make a repository',
    async (wrong) => {
      const given = (async () => call(wrong as never))()
      await expect(given).rejects.toThrow(TypeError)
      await expect(given).rejects.toThrow(
        /^"[a-z]+" is no repository: make one with repository\(\)/,
      )
    },
  )
})
