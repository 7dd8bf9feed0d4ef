// Images with what is attached to them, made by oras, crane and cosign.
import type { Prepared } from './_job.ts'
import type { World } from './_world.ts'

export const SBOM_TYPE = 'application/spdx+json'
export const SIGNATURE_TYPE = 'application/vnd.example.signature'
export const REPORT_TYPE = 'application/vnd.example.report'

/** An image of one layer at `v1`. */
export async function image(world: World, name: string): Promise<Prepared> {
  const reference = `${world.direct}/${name}:v1`
  await world.prepare(`crane append --oci-empty-base -f layer.tar -t ${reference}`)
  return { name, digest: await world.prepare(`crane digest ${reference}`), attached: {} }
}

/** One to which an SBOM is attached, and to that a signature. */
export async function signedSbom(world: World, name: string): Promise<Prepared> {
  const made = await image(world, name)
  const sbom = await attach(world, name, made.digest, SBOM_TYPE, `sbom.json:${SBOM_TYPE}`)
  const signature = await attach(world, name, sbom, SIGNATURE_TYPE, '--annotation key=release')
  return { ...made, attached: { SBOM: sbom, 'signature of the SBOM': signature } }
}

/** One with an SBOM, a report and a note. */
export async function several(world: World, name: string): Promise<Prepared> {
  const made = await image(world, name)
  const report = await attach(world, name, made.digest, REPORT_TYPE, 'report-1.txt:text/plain')
  const sbom = await attach(world, name, made.digest, SBOM_TYPE, `sbom.json:${SBOM_TYPE}`)
  const note = await attach(world, name, made.digest, 'text/plain', '--annotation note=hello')
  return { ...made, attached: { sbom, report, note } }
}

/** One that cosign has signed at its tag, with an SBOM linked as OCI 1.1 does. */
export async function signedImage(world: World, name: string): Promise<Prepared> {
  const made = await image(world, name)
  const options = '--use-signing-config=false --tlog-upload=false --new-bundle-format=false --yes'
  const reference = `${world.direct}/${name}@${made.digest}`
  await world.prepare(`cosign sign --key cosign.key ${options} ${reference}`)
  const tag = `${made.digest.replace(':', '-')}.sig`
  const signature = await world.prepare(`crane digest ${world.direct}/${name}:${tag}`)
  const sbom = await attach(world, name, made.digest, SBOM_TYPE, `sbom.json:${SBOM_TYPE}`)
  return { ...made, attached: { SBOM: sbom, signature } }
}

function attach(world: World, name: string, to: string, type: string, what: string) {
  const options = `--plain-http --artifact-type ${type} --format go-template='{{.digest}}'`
  return world.prepare(`oras attach ${options} ${world.direct}/${name}@${to} ${what}`)
}
