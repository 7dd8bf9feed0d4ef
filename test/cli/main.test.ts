import { describe, expect, test } from 'vitest'
import { run } from './_program.ts'

describe('help', () => {
  test.each([['--help'], ['-h']])('%s names the commands', async (flag) => {
    const { code, stdout, stderr } = await run(flag)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: ocilink <command>/)
    expect(stdout).toMatch(/^ {2}gateway /m)
    expect(stdout).toMatch(/^ {2}serve /m)
  })

  test.each([['--help'], ['-h']])('serve %s names its options', async (flag) => {
    const { code, stdout, stderr } = await run('serve', flag)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const option of [
      'dir',
      'name',
      'profile',
      'host',
      'port',
      'user',
      'allowed-host',
      'cors',
    ]) {
      expect(stdout).toContain(`  --${option} `)
    }
    expect(stdout).toContain('distribution2')
  })
})

describe('a wrong call', () => {
  test.each<[string, string[]]>([
    ['no command given', []],
    ['there is no command "sreve"', ['sreve']],
    ['there is no command "toString"', ['toString']],
    ["Unknown option '--prot'", ['serve', '--prot', '1']],
    ["Unknown option '-x'", ['serve', '-x']],
    ["Unexpected argument 'images'", ['serve', 'images']],
    ["Option '--dir <value>' argument missing", ['serve', '--dir']],
    ['--port must be a whole number from 0 to 65535, got "x"', ['serve', '--port', 'x']],
    ['--port must be a whole number from 0 to 65535, got "70000"', ['serve', '--port', '70000']],
    ['--port must be a whole number from 0 to 65535, got ""', ['serve', '--port=']],
    ['--upstream is missing', ['gateway']],
    ['--ca: ENOENT', ['gateway', '--upstream', 'a', '--ca', '/nowhere']],
    ['--concurrency must be a whole number', ['gateway', '--upstream', 'a', '--concurrency', 'x']],
    ['--client-header must be the name', ['gateway', '--upstream', 'a', '--client-header', 'a b']],
    ['--styles must be "standard" or "all"', ['gateway', '--upstream', 'a', '--styles', 'b']],
    ['there is no profile "nobody"; there are: ', ['serve', '--profile', 'nobody']],
    ['there is no profile "__proto__"; there are: ', ['serve', '--profile', '__proto__']],
    ['--name is for a directory; there is no --dir', ['serve', '--name', 'app']],
    ['--port is given twice', ['serve', '--port', '1', '--port', '2']],
    ['--user must be <name>:<password>', ['serve', '--user', ':secret']],
    ['--user must be <name>:<password>', ['serve', '--user', 'name']],
  ])('says "%s" and ends with 2', async (message, args) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.startsWith(`ocilink: ${message}`)).toBe(true)
    expect(stderr).toMatch(/\nTry "ocilink ((serve|gateway) )?--help"\.\n$/)
    expect(stderr.split('\n')).toHaveLength(3)
  })
})
