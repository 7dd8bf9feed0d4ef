/**
 * link(): link artifacts whose blobs are in the repository already.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { checkAnnotations } from '../model/annotations.ts'
import { type Descriptor, parseDescriptor } from '../model/descriptor.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import { checkOptions, listOf, string } from '../platform/options.ts'
import type { Repository } from '../registry/repository.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type { Artifact, PublishOptions, Referrer, Strategy } from '../strategies/strategy.ts'
import { artifactChecks, checkMediaType, checkTags, linkingChecks } from './lib/artifact-checks.ts'
import { linkArtifacts } from './lib/linking.ts'

/** An artifact whose blobs are in the repository, to be linked. */
export interface LinkInput extends Artifact {
  /** Tags for the referrer itself. */
  readonly tags?: readonly string[] | undefined
}

/** Options of {@link link}. */
export interface LinkOptions extends PublishOptions {
  /**
   * How the links are written down.
   * @default ociSubject()
   */
  readonly strategy?: Strategy | undefined
}

/**
 * Links artifacts to a subject without pushing their blobs, which are in the repository already. Several are linked
 * at once: where links are kept in a document, it is written once for all of them.
 *
 * Requests: as {@link attach} without those for blobs.
 *
 * @param subject - what to link to; a descriptor's manifest need not be there yet
 * @returns a referrer for each artifact, in their order
 * @throws {@link InvalidInputError} naming the field, before any request;
 *   {@link RegistryError} when the subject or a blob is not there
 * @example
 * ```ts
 * import { link, repository } from 'ocilink'
 * import { pushBlob } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const blob = await pushBlob(app, '{"spdxVersion":"SPDX-2.3"}', { mediaType: 'application/spdx+json' })
 * const [sbom] = await link(app, 'v1', [{ artifactType: 'application/spdx+json', blobs: [blob] }])
 * console.log(sbom?.digest)
 * ```
 */
export async function link(
  repo: Repository,
  subject: Subject,
  artifacts: readonly LinkInput[],
  options: LinkOptions = {},
): Promise<readonly Referrer[]> {
  checkOptions(options, linkingChecks())
  const { strategy = ociSubject() } = options
  if (!Array.isArray(artifacts)) throw new TypeError('"artifacts" must be a list of artifacts')
  const checked = artifacts.map((artifact, i) => checkArtifact(artifact, `artifacts[${i}]`))
  const target = parseSubject(repo, subject)
  return linkArtifacts(repo, target, strategy, checked, async () => checked, options)
}

function checkArtifact(artifact: LinkInput, path: string): LinkInput {
  checkOptions(artifact, { ...artifactChecks, tags: listOf(string) }, `${path}.`)
  const { artifactType, blobs = [], config } = artifact
  checkMediaType(artifactType, `${path}.artifactType`)
  return {
    artifactType,
    blobs: blobs.map((blob, i) => parseStored(blob, `${path}.blobs[${i}]`)),
    config: config && parseStored(config, `${path}.config`),
    annotations: checkAnnotations(artifact.annotations, `${path}.annotations`),
    tags: checkTags(artifact.tags, `${path}.tags`),
  }
}

/** A descriptor may have its content in `data` too; what has only that is not in the repository. */
function parseStored(blob: Descriptor, path: string): Descriptor {
  const given: object = Object(blob)
  if ('data' in given && !('digest' in given)) {
    const message = `"${path}" must be the descriptor of a blob in the repository: use attach(), which pushes "data"`
    throw new InvalidInputError('INVALID_INPUT', `${path}.data`, 'left out', undefined, { message })
  }
  return parseDescriptor(blob, path)
}
