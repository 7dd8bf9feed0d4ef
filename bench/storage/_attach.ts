// Attaches what is listed later.
import { artifact, attached, busy, digestOf, empty, IMAGE, listed } from './_content.ts'
import { all, pushBlob, send } from './_requests.ts'

/** Attaches over many connections. */
export async function attachAll(host: string, name: string): Promise<void> {
  await all(attached, (n) => pushArtifact(host, name, artifact(n, busy)))
}

/** Attaches one after the other, and makes sure that all of it is listed. */
export async function fillList(host: string, name: string): Promise<void> {
  await pushBlob(host, name, digestOf(empty), empty)
  for (let n = 0; n < attached; n += 1) await pushArtifact(host, name, artifact(n, listed))
  const found = await countListed(host, name, listed.digest)
  if (found !== attached) throw new Error(`${host} lists ${found} of ${attached}`)
}

/** How many are listed of those that were attached over many connections. */
export function countBusy(host: string, name: string): Promise<number> {
  return countListed(host, name, busy.digest)
}

async function countListed(host: string, name: string, digest: string): Promise<number> {
  const answer = await fetch(`http://${host}/v2/${name}/referrers/${digest}`)
  return (await answer.json()).manifests.length
}

/** Pushes one that is attached to something. */
export function pushArtifact(host: string, name: string, bytes: Buffer): Promise<unknown> {
  const path = `/v2/${name}/manifests/${digestOf(bytes)}`
  return send(host, 'PUT', path, bytes, { 'Content-Type': IMAGE })
}
