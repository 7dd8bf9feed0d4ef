/**
 * Discovery of extensions (distribution-spec, extensions/_oci.md), by which proposal A's lists are
 * found, and the older shape of it that ORAS's builds still answered.
 *
 * @module
 */

import type { Call } from '../calls/call.ts'
import type { ArtifactSettings } from '../settings/proposals.ts'
import type { Answer } from '../wire/answer.ts'
import { json } from '../wire/answers.ts'

interface Extension {
  readonly name: string
  readonly url: string
  readonly description: string
  readonly endpoints: readonly string[]
}

/** GET of `/v2/<name>/_oci/ext/discover`: the extensions of a repository, which need not be there. */
export async function discoverExtensions(call: Call): Promise<Answer> {
  const { artifacts } = call.registry.settings
  const extensions = extensionsOf(artifacts)
  if (artifacts.discovery === 'specified') return json({ extensions })
  // The first builds left out the underscore.
  const named = extensions.map((extension) => ({ ...extension, name: extension.name.slice(1) }))
  return json({ name: call.name, extensions: named })
}

/** GET of `/v2/_oci/ext/discover`: the extensions of the registry as a whole. */
export async function discoverRegistryExtensions(): Promise<Answer> {
  return json({ extensions: [] })
}

/** GET of `/v2/<name>/_ext/discover`: names of endpoints alone. */
export async function discoverEndpoints(call: Call): Promise<Answer> {
  const extensions = extensionsOf(call.registry.settings.artifacts)
    .flatMap(({ endpoints }) => endpoints)
    .filter((name) => name.endsWith('/referrers'))
    .map((name) => ({ name }))
  return json({ name: call.name, extensions })
}

/** GET of `/v2/_ext/discover`. */
export async function discoverRegistryEndpoints(call: Call): Promise<Answer> {
  const { discovery } = call.registry.settings.artifacts
  return json({ extensions: discovery === 'first' ? null : [] })
}

function extensionsOf({ discovery, lists }: ArtifactSettings): readonly Extension[] {
  const oci: Extension = {
    name: '_oci',
    url: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_A.md',
    description: 'discovery of extensions, and the artifacts of a subject',
    endpoints: [
      '_oci/ext/discover',
      ...(lists.includes('oci') ? ['_oci/artifacts/referrers'] : []),
    ],
  }
  const oras: Extension = {
    name: '_oras',
    url: 'https://github.com/oras-project/artifacts-spec/blob/main/manifest-referrers-api.md',
    description: 'the artifacts of a subject, as ORAS lists them',
    endpoints: ['_oras/artifacts/referrers'],
  }
  return [...(discovery === 'specified' ? [oci] : []), ...(lists.includes('oras') ? [oras] : [])]
}
