// What cdxgen's lib/managers/oci.js exports, on ocilink: the same names and shapes.
import { attach, isOcilinkError, type Located, locate, readArtifact, statements } from 'ocilink'
import { dockerCredentials, nodeFetch } from 'ocilink/node'

/** What cdxgen attaches SBOMs as. */
const SBOM = 'application/vnd.cyclonedx+json'

const wanted = { artifactType: [SBOM, 'sbom/cyclonedx'] }
const stated = { predicateType: 'https://cyclonedx.org/bom' }

/** Attaches an SBOM to an image, and gives the digest of what was attached. */
export async function attachBomNative(image: string, bom: object): Promise<string> {
  const { repo, subject } = open(image)
  const { digest } = await attach(repo, subject, {
    artifactType: SBOM,
    blobs: [{ data: JSON.stringify(bom), mediaType: SBOM }],
    created: new Date(),
  })
  console.log(`Attached SBOM natively to ${image} via ${digest}`)
  return digest
}

/**
 * The newest SBOM that is attached to an image, else one that is stated about it (in-toto); `undefined` where there is
 * none, and where that could not be found out, which is printed.
 *
 * @param platform - of an index, whose SBOM is meant: `linux/arm64`
 */
export async function getBomWithOras(
  image: string,
  platform?: string,
): Promise<object | undefined> {
  try {
    const { repo, subject } = open(image)
    const of = platform === undefined ? {} : { platform }
    const found = await readArtifact(repo, subject, { ...wanted, ...of }).catch(orNone)
    if (found) return await found.json<object>()
    for await (const statement of statements(repo, subject, { ...stated, ...of }))
      if (statement.subjectMatches) return Object(statement.predicate)
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    console.log(`Unable to pull the SBOM attachment for ${image} natively! ${reason}`)
  }
  return undefined
}

/** With docker's logins, and by the proxies that the environment names. */
function open(image: string): Located {
  const fetch = nodeFetch({ proxyEnv: process.env })
  return locate(image, { credentials: dockerCredentials(), fetch })
}

function orNone(error: unknown): undefined {
  if (!isOcilinkError(error, 'NO_MATCH')) throw error
}
