// Prevents a green run that tested nothing: a project whose pattern matches no file, a file that
// fails while it loads (no test in it, so no failed test), a suite that never started.
//
// node tools/count-tests.js <vitest json report> ...
// Prints `N passed, N failed` over all reports; exits 1 if any failed, or none ran in a report.
import { readFileSync } from 'node:fs'

let passed = 0
let failed = 0
let incomplete = false

for (const path of process.argv.slice(2)) {
  let report
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    console.log(`${path} was not written: its tests did not run to their end.`)
    incomplete = true
    continue
  }
  const broken = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  for (const file of broken) console.log(`${file.name} failed outside of its tests.`)
  passed += report.numPassedTests
  failed += report.numFailedTests + broken.length
  if (report.numPassedTests === 0) {
    console.log(`${path} counts no passed test.`)
    incomplete = true
  }
}

console.log(`${passed} passed, ${failed} failed`)
if (failed > 0 || passed === 0 || incomplete) process.exitCode = 1
