// A process of a storm: attaches bundles by what `sigstore attach` calls, its own or ours.
import { type Order, standBy } from './_stand-by.ts'

const order: Order = JSON.parse(process.argv[2] ?? '')
const { attachArtifactToImage, getRegistryCredentials } = await import(order.module)

const [imageName = '', imageDigest] = order.image.split('@')
const credentials = getRegistryCredentials(imageName)
const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

standBy(order, async (name) => {
  const artifact = Buffer.from(JSON.stringify({ mediaType, name }))
  const options = { imageName, imageDigest, credentials, artifact, mediaType }
  return (await attachArtifactToImage(options)).digest
})
