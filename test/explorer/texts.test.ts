import { expect, test } from 'vitest'
import { visible } from '../../examples/explorer/src/texts.ts'

test.each([
  ['turned \u202etxt.exe', 'turned \\u{202e}txt.exe'],
  ['bell \u0007, nul \0, escape \u001b[31m', 'bell \\u{7}, nul \\u{0}, escape \\u{1b}[31m'],
  [
    'zero\u200bwidth, joined\u2060, mark\ufeff',
    'zero\\u{200b}width, joined\\u{2060}, mark\\u{feff}',
  ],
  ['isolated \u2067, tag \u{e0041}', 'isolated \\u{2067}, tag \\u{e0041}'],
  ['C1 \u009b, lines \u2028\u2029', 'C1 \\u{9b}, lines \\u{2028}\\u{2029}'],
])('shows what is hidden in %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('leaves tabs, lines and every letter as they are', () => {
  const text = 'a\tb\nc, Übung, 日本語, עברית, العربية, 👍🏽'
  expect(visible(text)).toBe(text)
  expect(visible('one\r\ntwo\rthree')).toBe('one\ntwo\\u{d}three')
})
