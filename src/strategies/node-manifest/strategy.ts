/**
 * Proposal C: a node, which lists objects and refers to one manifest; found by `/v3/<name>/referrers/`
 * (PROPOSAL_C.md). Only the embedded registry has nodes.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { type Descriptor, EMPTY } from '../../model/descriptor.ts'
import { NODE_MANIFEST } from '../../model/media-types.ts'
import { formatNodeDescription } from '../../model/node-description-text.ts'
import type { NodeManifest } from '../../model/node-manifest.ts'
import { boolean, checkOptions } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import type { Artifact, Strategy } from '../strategy.ts'
import { summarizeNode } from './summary.ts'
import { NAME } from './via.ts'

const linkFields = ['reference'] as const

/** Options of {@link nodeManifest}. */
export interface NodeManifestOptions {
  /**
   * Text that stands before the artifact's type and annotations; or a function that makes the whole
   * description. What it leaves out is lost; a node without a type has the media type of its first object.
   * @default no text
   */
  readonly description?: string | ((artifact: Artifact) => string) | undefined
  /**
   * Manifests and blobs that are in the repository already: objects of the node before those that are
   * attached.
   * @default []
   */
  readonly objects?: readonly Descriptor[] | undefined
  /**
   * On a registry that takes no nodes, push each object with a tag of its own instead, as the proposal
   * describes. Nothing links them to the subject then; `losses` of the result says so.
   * @default false
   */
  readonly degrade?: boolean | undefined
}

/**
 * Links by the `reference` of a node manifest, as proposal C does. Type and annotations, which nodes do
 * not have, are the last line of the description.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest. Listing: one `GET` per page; a filter
 * costs one per node whose description is not listed.
 *
 * @see PROPOSAL_C.md of the OCI Reference Types Working Group
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 * import { nodeManifest } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'hello' } }
 * const strategy = nodeManifest({ description: 'A note for those who come next' })
 * const { digest } = await attach(app, 'v1', note, { strategy })
 * console.log(digest)
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function nodeManifest(options: NodeManifestOptions = {}): Strategy<NodeManifest> {
  checkOptions(options, {
    description: ['text or a function', (value) => /^(string|function)$/.test(typeof value)],
    objects: ['a list', Array.isArray],
    degrade: boolean,
  })
  const { description, objects = [], degrade = false } = options
  return {
    name: NAME,
    options: { ...options },
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_C.md',
    needs: ['nodesApi'],
    linkFields,

    check({ blobs }) {
      refuseNodes(objects, 'options.objects')
      refuseNodes(blobs, 'artifact.blobs')
    },

    blobs: () => [],

    describe({ mediaType, digest, size }: Descriptor, artifact): NodeManifest {
      const { artifactType, config, blobs, annotations } = artifact
      const text =
        typeof description === 'function'
          ? description(artifact)
          : formatNodeDescription({ text: description, artifactType, annotations })
      return {
        schemaVersion: 3,
        mediaType: NODE_MANIFEST,
        ...(text && { description: text }),
        objects: [...objects, ...blobs, ...(config ? [config] : [])],
        reference: { mediaType, size, digest },
      }
    },

    read(manifest) {
      if (manifest.mediaType !== NODE_MANIFEST) return undefined
      const { artifactType = EMPTY.mediaType, annotations } = summarizeNode(manifest)
      const given = new Set(objects.map(({ digest }) => digest))
      const blobs = manifest.objects.filter(({ digest }) => !given.has(digest))
      return { artifactType, blobs, ...(annotations && { annotations }) }
    },

    losses: async ({ config }) =>
      (await import('./losses.ts')).lossesOf(config !== undefined, description),

    async publish(repo, subject: Descriptor, referrers, publishOptions) {
      const { publishNode } = await import('./publish.ts')
      return Promise.all(
        referrers.map((one) => publishNode(repo, subject, one, degrade, publishOptions)),
      )
    },

    discover: (repo, subject, findOptions) =>
      listing(async function* () {
        const { discoverNodes } = await import('./discover.ts')
        yield* discoverNodes(repo, subject, findOptions)
      }),

    async withdraw(repo, subject, digest, withdrawOptions) {
      const { withdrawNode } = await import('./withdraw.ts')
      return withdrawNode(repo, subject, digest, { linkFields, ...withdrawOptions })
    },
  }
}

function refuseNodes(list: readonly { readonly mediaType: string }[], path: string): void {
  const at = list.findIndex(({ mediaType }) => mediaType === NODE_MANIFEST)
  if (at < 0) return
  const field = `${path}[${at}].mediaType`
  throw new InvalidInputError('INVALID_INPUT', field, 'no node manifest', NODE_MANIFEST)
}
