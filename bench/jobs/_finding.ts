// Jobs that ask.
import type { Done, Job } from './_job.ts'
import { image, SBOM_TYPE, several, signedImage, signedSbom } from './_prepare.ts'
import { SBOM } from './_world.ts'

const noReferrers = { no: 'it has no command for referrers' }

export const finding: readonly Job[] = [
  {
    title: 'List the SBOMs that are attached to an image',
    worked: 'its digest is printed, and none of the two other things that are attached',
    prepare: several,
    commands: {
      ocilink: `ocilink list --type ${SBOM_TYPE} $IMAGE`,
      oras: `oras discover --plain-http --depth 1 --artifact-type ${SBOM_TYPE} $IMAGE`,
      regctl: `regctl artifact list --filter-artifact-type ${SBOM_TYPE} $IMAGE`,
      cosign: 'cosign tree $IMAGE',
      crane: noReferrers,
    },
    async check({ outcome, attached }) {
      const { sbom = '', ...others } = attached
      const wrong = Object.keys(others).filter((name) => outcome.stdout.includes(others[name]!))
      if (!outcome.stdout.includes(sbom)) return `the SBOM is not listed${why(outcome)}`
      return wrong.length > 0 ? `it lists ${wrong.join(' and ')} too` : undefined
    },
  },
  {
    title: 'Say by exit code whether an image has an SBOM: yes, no, could not tell',
    worked:
      'the exit codes for an image with one, without one, and at a port where nothing listens differ',
    prepare: several,
    commands: {
      ocilink: `ocilink has --type ${SBOM_TYPE} $IMAGE`,
      oras: `oras discover --plain-http --artifact-type ${SBOM_TYPE} --format go-template='{{(index .referrers 0).digest}}' $IMAGE`,
      regctl: `regctl artifact get --subject $IMAGE --filter-artifact-type ${SBOM_TYPE}`,
      cosign: { no: 'it says so of signatures: `cosign verify` ends with 0, 10 or 1' },
      crane: noReferrers,
    },
    async check({ outcome, world, name, command }) {
      const without = await image(world, `${name}-without`)
      const asked = await world.shell(command, { IMAGE: `${world.host}/${without.name}:v1` })
      const lost = await world.shell(command, { IMAGE: '127.0.0.1:1/team/app:v1' })
      const codes = [outcome.code, asked.code, lost.code]
      return new Set(codes).size === 3 ? undefined : `the exit codes are ${codes.join(', ')}`
    },
  },
  {
    title: 'Print the SBOM of an image',
    worked: 'standard output is the file, byte for byte',
    prepare: several,
    commands: {
      ocilink: `ocilink read --type ${SBOM_TYPE} $IMAGE`,
      oras: [
        `oras blob fetch --plain-http --output - $REPO@$(oras manifest fetch --plain-http`,
        `--format go-template='{{(index .content.layers 0).digest}}'`,
        `$REPO@$(oras discover --plain-http --artifact-type ${SBOM_TYPE}`,
        `--format go-template='{{(index .referrers 0).digest}}' $IMAGE))`,
      ].join(' '),
      regctl: `regctl artifact get --subject $IMAGE --filter-artifact-type ${SBOM_TYPE}`,
      cosign: 'cosign download sbom $IMAGE',
      crane: noReferrers,
    },
    async check({ outcome }) {
      return outcome.stdout === SBOM ? undefined : `it is not printed${why(outcome)}`
    },
  },
  {
    title: 'Show an SBOM, and the signature that is attached to the SBOM, as a tree',
    worked: 'both digests are printed',
    prepare: signedSbom,
    commands: {
      ocilink: 'ocilink tree --depth 2 $IMAGE',
      oras: 'oras discover --plain-http $IMAGE',
      regctl: 'regctl artifact tree $IMAGE',
      cosign: 'cosign tree $IMAGE',
      crane: noReferrers,
    },
    check: shown,
  },
  {
    title: "Show a signature at cosign's tag and an SBOM linked as in OCI 1.1, in one answer",
    worked: 'the digests of both are printed, or the tag',
    prepare: signedImage,
    commands: {
      ocilink: 'ocilink tree $IMAGE',
      oras: 'oras discover --plain-http $IMAGE',
      regctl: 'regctl artifact tree --digest-tags $IMAGE',
      cosign: 'cosign tree $IMAGE',
      crane: noReferrers,
    },
    check: shown,
  },
  {
    title: "Verify cosign's signature of an image with a public key",
    worked: 'it ends with 0, and not with 0 for an image that is not signed',
    prepare: signedImage,
    commands: {
      ocilink: { no: 'it finds and reads signatures, and checks none' },
      oras: { no: 'it checks no signatures' },
      regctl: { no: 'it checks no signatures' },
      cosign: 'cosign verify --key cosign.pub --insecure-ignore-tlog $IMAGE',
      crane: { no: 'it checks no signatures' },
    },
    async check({ outcome, world, name, command }) {
      if (outcome.code !== 0) return `it ends with ${outcome.code}${why(outcome)}`
      const without = await image(world, `${name}-without`)
      const other = await world.shell(command, { IMAGE: `${world.host}/${without.name}:v1` })
      return other.code === 0 ? 'it accepts an image without a signature' : undefined
    },
  },
]

/** All that is attached has to be in the output, by digest or by cosign's tag. */
async function shown({ outcome, attached, digest }: Done): Promise<string | undefined> {
  const tag = `${digest.replace(':', '-')}.sig`
  const isShown = (name: string) =>
    outcome.stdout.includes(attached[name]!) ||
    (name === 'signature' && outcome.stdout.includes(tag))
  const missing = Object.keys(attached).filter((name) => !isShown(name))
  return missing.length > 0 ? `not shown: ${missing.join(', ')}${why(outcome)}` : undefined
}

/** What a program said that failed. */
export function why({ code, stderr }: Done['outcome']): string {
  const [line = ''] = stderr.trim().split('\n').slice(-1)
  return code === 0 ? '' : ` (${line.slice(0, 120)})`
}
