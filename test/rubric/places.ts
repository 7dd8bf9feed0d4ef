// Kinds of registry that the embedded one can be.
import {
  type EmbeddedRegistryOptions,
  embeddedRegistry,
  type ProfileName,
  profiles,
} from '../../src/embedded/index.ts'
import type { Place, Registry } from './world.ts'

const everyApi: EmbeddedRegistryOptions = {
  artifactApi: true,
  referencesApi: true,
  nodeApi: true,
}

/** The embedded registry with every proposal's API, or as a profile has it. */
export function embedded(name: string, title: string, profile?: ProfileName): Place {
  const open = (options: EmbeddedRegistryOptions): Registry => ({
    prefix: 'registry.test/team',
    fetch: embeddedRegistry(options).fetch,
  })
  const options = profile ? { profile } : {}
  return {
    name,
    title,
    open: () => open(options),
    other: () => open(options),
    plain: () => open({ profile: 'distribution2' }),
    locked() {
      const { settings = {}, ...named } = profile
        ? profiles[profile]
        : { name, source: 'the proposals', date: '2022-04' }
      const manifests = { ...settings.manifests, movableTags: false }
      return open({
        ...(!profile && everyApi),
        profile: { ...named, settings: { ...settings, manifests } },
      })
    },
  }
}
