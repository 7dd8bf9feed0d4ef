// The example of a strategy of one's own keeps the contract like the package's.
import { sidecarTags } from '../../examples/sidecar-tags.ts'
import { testStrategy } from './_contract.ts'

testStrategy('the example strategy', sidecarTags())
testStrategy('the example strategy without the referrers API', sidecarTags(), {
  referrersApi: false,
  conditional: false,
})
