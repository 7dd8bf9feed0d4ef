// Jobs that write.
import { why } from './_finding.ts'
import type { Done, Job } from './_job.ts'
import { image, REPORT_TYPE, SBOM_TYPE, signedImage, signedSbom } from './_prepare.ts'
import { SBOM } from './_world.ts'

const noArtifacts = { no: 'it makes images, and no artifacts with a subject' }
const noConversion = { no: 'it has no command that links what is at the tag' }

export const changing: readonly Job[] = [
  {
    title: 'Attach an SBOM to an image',
    worked:
      'the registry lists it as OCI 1.1 has it, its content is the file, and oras and regctl list it',
    note: 'At a registry without the referrers API ocilink waits 0.4 seconds, and looks whether its link is still in the list: the last job is why.',
    prepare: image,
    commands: {
      ocilink: `ocilink attach --type ${SBOM_TYPE} $IMAGE sbom.json:${SBOM_TYPE}`,
      oras: `oras attach --plain-http --artifact-type ${SBOM_TYPE} $IMAGE sbom.json:${SBOM_TYPE}`,
      regctl: `regctl artifact put --artifact-type ${SBOM_TYPE} --subject $IMAGE --file sbom.json --file-media-type ${SBOM_TYPE}`,
      cosign:
        'COSIGN_EXPERIMENTAL=1 cosign attach sbom --registry-referrers-mode oci-1-1 --sbom sbom.json $IMAGE',
      crane: noArtifacts,
    },
    async check({ name, digest, wire, outcome, world }) {
      const [found] = await wire.referrers(name, digest)
      if (!found) return `it is not listed${why(outcome)}`
      const [layer = ''] = await wire.layers(name, found.digest)
      if ((await wire.blob(name, layer)) !== SBOM) return 'its content is another'
      const at = `${world.direct}/${name}@${digest}`
      const others = [`oras discover --plain-http ${at}`, `regctl artifact list ${at}`]
      const lists = await Promise.all(others.map((line) => world.prepare(line)))
      const blind = ['oras', 'regctl'].filter((_, i) => !lists[i]!.includes(found.digest))
      return blind.length > 0 ? `${blind.join(' and ')} do not list it` : undefined
    },
  },
  {
    title: 'Copy an image with its SBOM, and the signature that is attached to the SBOM',
    worked: 'all three are in the other repository, and listed there',
    prepare: signedSbom,
    commands: {
      ocilink: 'ocilink copy $IMAGE $COPY',
      oras: 'oras cp -r --from-plain-http --to-plain-http $IMAGE $COPY',
      regctl: 'regctl image copy --referrers $IMAGE $COPY',
      cosign: 'cosign copy $IMAGE $COPY',
      crane: 'crane copy $IMAGE $COPY',
    },
    check: cameAlong,
  },
  {
    title: 'The same into a directory (an OCI layout), and from there into another repository',
    worked: 'all three are in the other repository, and listed there',
    prepare: signedSbom,
    commands: {
      ocilink: 'ocilink copy $IMAGE oci-layout:$BOX:v1 && ocilink copy oci-layout:$BOX:v1 $COPY',
      oras: 'oras backup --plain-http --include-referrers --output $BOX $IMAGE && oras restore --plain-http --input $BOX $COPY',
      regctl:
        'regctl image copy --referrers $IMAGE ocidir://$BOX:v1 && regctl image copy --referrers ocidir://$BOX:v1 $COPY',
      cosign: 'cosign save --dir $BOX $IMAGE && cosign load --dir $BOX $COPY',
      crane: 'crane pull --format oci $IMAGE $BOX && crane push $BOX $COPY',
    },
    check: cameAlong,
  },
  {
    title: "Link a signature at cosign's tag as OCI 1.1 does too",
    worked: 'the registry lists a referrer with the same content, and the tag is still there',
    prepare: signedImage,
    commands: {
      ocilink: 'ocilink convert --from cosign --as oci $IMAGE',
      oras: noConversion,
      regctl: noConversion,
      cosign: noConversion,
      crane: noConversion,
    },
    async check({ name, digest, wire, outcome, attached }) {
      const [layer = ''] = await wire.layers(name, attached.signature!)
      const listed = await wire.referrers(name, digest)
      const contents = await Promise.all(listed.map((one) => wire.layers(name, one.digest)))
      if (!contents.flat().includes(layer)) return `it is not listed${why(outcome)}`
      const tag = `${digest.replace(':', '-')}.sig`
      return (await wire.has(name, tag)) ? undefined : 'the tag is gone'
    },
  },
  {
    title: 'Delete an image with its SBOM, and the signature that is attached to the SBOM',
    worked: 'none of the three can be read',
    prepare: signedSbom,
    commands: {
      ocilink: 'ocilink remove --yes $IMAGE',
      oras: [
        `for one in $(oras discover --plain-http`,
        `--format go-template='{{define "all"}}{{range .referrers}}{{template "all" .}} {{.digest}}{{end}}{{end}}{{template "all" .}}' $IMAGE);`,
        `do oras manifest delete --plain-http --force $REPO@$one; done;`,
        `oras manifest delete --plain-http --force $IMAGE`,
      ].join(' '),
      regctl: [
        `for one in $(regctl artifact tree`,
        `--format '{{define "all"}}{{range .Referrer}}{{template "all" .}} {{.Ref.Digest}}{{end}}{{end}}{{template "all" .}}' $IMAGE);`,
        `do regctl manifest delete --referrers $REPO@$one; done;`,
        `regctl manifest delete --force-tag-dereference $IMAGE`,
      ].join(' '),
      cosign: 'cosign clean --force --type all $IMAGE',
      crane: 'crane delete $REPO@$(crane digest $IMAGE)',
    },
    async check({ name, digest, wire, outcome, attached }) {
      const left = []
      for (const [what, one] of Object.entries({ image: digest, ...attached })) {
        if (await wire.has(name, one)) left.push(what)
      }
      return left.length > 0 ? `still there: ${left.join(', ')}${why(outcome)}` : undefined
    },
  },
  {
    title: 'Attach eight reports to one image, by eight processes at the same time',
    worked: 'the registry lists eight of them',
    note: 'olareg loses some manifests that come at the same time, though it acknowledges each: what it keeps is chance.',
    prepare: image,
    commands: {
      ocilink: atOnce(`ocilink attach --type ${REPORT_TYPE} $IMAGE report-$i.txt:text/plain`),
      oras: atOnce(
        `oras attach --plain-http --artifact-type ${REPORT_TYPE} $IMAGE report-$i.txt:text/plain`,
      ),
      regctl: atOnce(
        `regctl artifact put --artifact-type ${REPORT_TYPE} --subject $IMAGE --file report-$i.txt --file-media-type text/plain`,
      ),
      cosign: atOnce(
        'COSIGN_EXPERIMENTAL=1 cosign attach sbom --registry-referrers-mode oci-1-1 --sbom report-$i.txt $IMAGE',
      ),
      crane: noArtifacts,
    },
    async check({ name, digest, wire }) {
      const { length } = await wire.referrers(name, digest)
      return length === 8 ? undefined : `${length} of 8 are listed`
    },
  },
]

function atOnce(command: string): string {
  return `for i in 1 2 3 4 5 6 7 8; do ${command} & done; wait`
}

/** Everything has to be in the repository for the copy, and linked to what it was linked to. */
async function cameAlong({ name, digest, wire, outcome, attached }: Done) {
  const copy = `${name}-copy`
  if (!(await wire.has(copy, 'v1'))) return `the image is not there${why(outcome)}`
  const missing = []
  let to = digest
  for (const [what, one] of Object.entries(attached)) {
    const listed = await wire.referrers(copy, to)
    const isThere = listed.some((entry) => entry.digest === one) && (await wire.has(copy, one))
    if (!isThere) missing.push(what)
    to = one
  }
  return missing.length > 0 ? `not there: ${missing.join(', ')}${why(outcome)}` : undefined
}
